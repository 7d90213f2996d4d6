import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Size } from './plan.ts';
import type { Answer, Order } from './worker.ts';

/** What a record is of: a run of the same seeds with the same program goes on in it. */
export interface RecordedRun {
  readonly from: number;
  readonly to: number;
  readonly size: Size;
  /** SHA-256 of the program that lives through the seeds, hex. */
  readonly program: string;
}

/** Answers that outlive the process that got them. */
export interface RunRecord {
  /** Those of before, each with its order. */
  readonly answers: readonly (readonly [Order, Answer])[];
  keep(order: Order, answer: Answer): void;
}

/**
 * Opens the record of a run in `file`, a line of JSON for each answer after one for the run; makes it if there is none.
 * A line that was not written to its end is forgotten. Throws when the file keeps another run.
 */
export function openRecord(file: string, run: RecordedRun): RunRecord {
  const [first, ...lines] = existsSync(file) ? wholeLines(readFileSync(file, 'utf8')) : [];
  const title = JSON.stringify(run);
  if (first !== undefined && first !== title) {
    throw new Error(
      `simulating: ${file} keeps another run, of other seeds or of a program that has changed since (${first}); ` +
        `name another file to begin anew`,
    );
  }
  writeFileSync(file, [title, ...lines].map((line) => `${line}\n`).join(''));
  return {
    answers: lines.map(answered),
    keep(order, answer) {
      appendFileSync(
        file,
        `${JSON.stringify({ order, answer: { ...answer, effects: [...answer.effects] } })}\n`,
      );
    },
  };
}

function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

function answered(line: string): readonly [Order, Answer] {
  const { order, answer } = JSON.parse(line);
  return [order, { ...answer, effects: new Map(answer.effects) }];
}
