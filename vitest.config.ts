import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where to write what was counted (a folder), for whoever adds up several runs. */
const reportFolder = process.env['ENDWELL_TEST_REPORTS'];

/**
 * A suite of `test/`: its folder is its name. Suites of a higher order run after the others, alone. Minutes are a safety net against a hang, never a measure.
 */
function suite(name: string, minutes: number, inParallel: 'in parallel' | 'one file at a time', order = 0) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: minutes * 60_000,
      hookTimeout: minutes * 60_000,
      fileParallelism: inParallel === 'in parallel',
      sequence: { groupOrder: order },
    },
  };
}

/** Suites: `unit` stands beside the source; the others are folders of `test/`. */
export default defineConfig({
  test: {
    // Files share the modules that a worker has read: reading them anew for each file was a third of all the work. So no test
    // may leave a module's state behind; where one must, the state belongs into what the module gives out.
    isolate: false,
    // Half of most files is waiting for processes. On 2 cores three workers take 385 s for npm test, two 440 s, four no less.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    reporters: reportFolder ? ['default', 'json'] : ['default'],
    ...(reportFolder && { outputFile: { json: join(reportFolder, `${process.pid}.json`) } }),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tools/**/*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 60_000,
        },
      },
      suite('integration', 2, 'in parallel'),
      suite('lifecycle', 5, 'in parallel'),
      suite('conformance', 5, 'in parallel'),
      suite('simulation', 10, 'in parallel'),
      suite('variants', 10, 'in parallel'),
      suite('cluster', 10, 'one file at a time', 1),
      suite('services', 5, 'one file at a time', 1),
    ],
  },
});
