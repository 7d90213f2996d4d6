import { createInterface } from 'node:readline/promises';
import type { CliContext } from '../context.ts';

/** Asks on the terminal; true only for a yes. */
export async function ask(context: Pick<CliContext, 'interrupted'>, question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(question, { signal: context.interrupted });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
