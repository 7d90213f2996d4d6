import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/documents.ts';
import { Cleanups } from './cleanups.ts';
import { type Group, groups, liveThrough, type Parts } from './groups.ts';
import { lineOf, pageOf } from './report.ts';
import { openStage } from './stage.ts';
import type { Result } from './trial.ts';

const USAGE = `npm run test:cluster -- faults [NAME…] [--short] [--write]
  NAME      only the faults whose name has it
  --short   each fault once, with few runs
  --write   writes the table to docs/reference/guarantee.md
  --program FILE  another build's endwell.js, as of an operator that is broken on purpose`;
const PAGE = join(ROOT, 'docs', 'reference', 'guarantee.md');
/**
 * Seconds from when Kubernetes itself works again, after a fault, in which everything has to go on; judged in the full
 * form alone, on a quiet machine.
 */
const RECOVERED_WITHIN = 30;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean' },
    write: { type: 'boolean' },
    program: { type: 'string', default: join(ROOT, 'dist', 'endwell.js') },
    help: { type: 'boolean' },
  },
});
const form = values.short === true ? 'short' : 'full';
const chosen = groups.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
if (values.help === true || chosen.length === 0) console.log(USAGE);
else await all();

async function all(): Promise<void> {
  const cleanups = new Cleanups();
  let isEnding = false;
  // A terminal tells every process of the command, and each passes it on: it comes more than once.
  const interrupted = () => {
    if (isEnding) return;
    isEnding = true;
    console.error('faults: interrupted: bringing the cluster back …');
    void cleanups.run().finally(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted);
  try {
    const stage = await openStage(cleanups);
    const results = await live({ stage, form, program: values.program });
    const command = ['npm run test:cluster -- faults', ...process.argv.slice(2)].join(' ');
    const page = pageOf(results, form, command);
    if (values.write === true) await writeFile(PAGE, page);
    else console.log(page);
    if (results.some(isBad)) process.exitCode = 1;
  } finally {
    await cleanups.run();
  }
}

async function live(parts: Parts): Promise<Result[]> {
  const results: Result[] = [];
  for (const [index, group] of chosen.entries()) {
    console.log(
      `${new Date().toISOString().slice(11, 19)} ${index + 1} of ${chosen.length}: ${group.name} …`,
    );
    for (const result of await liveThrough(group, parts).catch((error: unknown) => broken(group, error))) {
      results.push(result);
      console.log([lineOf(result), ...result.counts.problems.map((line) => `    ${line}`)].join('\n'));
    }
  }
  return results;
}

/** The others are lived through all the same; the table is not whole. */
function broken({ name }: Group, error: unknown): Result[] {
  console.error(`${name} could not be lived through:`, error);
  process.exitCode = 1;
  return [];
}

function isBad({ counts, recoverySeconds, kubernetesSeconds }: Result): boolean {
  const ownSeconds = recoverySeconds - kubernetesSeconds;
  return counts.problems.length > 0 || (form === 'full' && ownSeconds > RECOVERED_WITHIN);
}
