import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where to write what was counted (a folder), for whoever adds up several runs. */
const reportFolder = process.env['ENDWELL_TEST_REPORTS'];

/** What is lived through on kubelite and on a real cluster. */
const EVERYWHERE = ['test/conformance', 'test/lifecycle'];

/** What needs only Node: npm test. The unit tests stand beside the source. */
const LOCAL = ['src', 'tools', 'test/integration', 'test/simulation', ...EVERYWHERE];

/** Suites of a higher order run after the others, alone. */
function suite(
  name: string,
  folders: readonly string[],
  inParallel: 'in parallel' | 'one file at a time',
  order = 0,
) {
  return {
    extends: true as const,
    test: {
      name,
      include: folders.map((folder) => `${folder}/**/*.test.ts`),
      fileParallelism: inParallel === 'in parallel',
      sequence: { groupOrder: order },
    },
  };
}

/** Folders whose files start processes and wait for them, the longest first. */
const LONG = [
  'test/integration/cli',
  'test/integration',
  'test/simulation',
  'test/lifecycle',
  'src/store/sql',
];

/** Runs what is long first, so that no long file is left alone at the end: on a new clone vitest knows only how big files are. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONG.findIndex((folder) => moduleId.startsWith(join(import.meta.dirname, folder)));
  return index < 0 ? LONG.length : index;
}

/** A net against a hang, never a measure, ms. */
const HANGS_AFTER_MS = 10 * 60_000;

export default defineConfig({
  test: {
    // Files share the modules that a worker has read: reading them anew for each file was a third of all the work. So no test
    // may leave a module's state behind; where one must, the state belongs into what the module gives out.
    isolate: false,
    // PostgreSQL in WebAssembly is opened a dozen times, each time for seconds: to optimise it first costs more than it gains.
    execArgv: ['--liftoff-only'],
    // Half of most files is waiting for processes: npm test is shortest with half as many workers again as cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongFirst },
    // What waits side by side for the same minute is not to wait for the next one.
    maxConcurrency: 16,
    testTimeout: HANGS_AFTER_MS,
    hookTimeout: HANGS_AFTER_MS,
    globalSetup: ['test/support/sharedUp.ts'],
    setupFiles: ['test/support/seed.ts'],
    reporters: reportFolder ? ['default', 'json'] : ['default'],
    ...(reportFolder && { outputFile: { json: join(reportFolder, `${process.pid}.json`) } }),
    projects: [
      // One project for all that npm test runs: each has workers of its own, which read all modules once more.
      suite('local', LOCAL, 'in parallel'),
      suite('everywhere', EVERYWHERE, 'in parallel'),
      // Only on a real cluster, beside those: they wait for the next full minute most of their time.
      suite('real', ['test/real'], 'in parallel'),
      suite('variants', ['test/variants'], 'in parallel'),
      suite('cluster', ['test/cluster'], 'one file at a time', 1),
      suite('services', ['test/services'], 'one file at a time', 1),
    ],
  },
});
