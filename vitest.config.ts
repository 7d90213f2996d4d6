import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

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

/** A net against a hang, never a measure, ms. */
const HANGS_AFTER_MS = 10 * 60_000;

export default defineConfig({
  test: {
    // Files share the modules that a worker has read: reading them anew for each file was a third of all the work. So no test
    // may leave a module's state behind; where one must, the state belongs into what the module gives out.
    isolate: false,
    // Half of most files is waiting for processes: npm test is shortest with half as many workers again as cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: HANGS_AFTER_MS,
    hookTimeout: HANGS_AFTER_MS,
    setupFiles: ['test/support/seed.ts'],
    reporters: reportFolder ? ['default', 'json'] : ['default'],
    ...(reportFolder && { outputFile: { json: join(reportFolder, `${process.pid}.json`) } }),
    projects: [
      // One project for all that npm test runs: each has workers of its own, which read all modules once more.
      suite('local', LOCAL, 'in parallel'),
      suite('everywhere', EVERYWHERE, 'in parallel'),
      suite('variants', ['test/variants'], 'in parallel'),
      suite('cluster', ['test/cluster'], 'one file at a time', 1),
      suite('services', ['test/services'], 'one file at a time', 1),
    ],
  },
});
