import { execFileSync } from 'node:child_process';
import type { Bench } from '../benches.ts';
import { amount, percentile } from '../report.ts';
import { dataFolder, PROGRAM, startUpProcess } from '../up.ts';

const TIMES = 15;

/** How long a person waits: for the help, and for `up` on a folder that it knows. */
export const startUp: Bench = {
  name: 'start',
  async measure() {
    const help = repeated(() => execFileSync(process.execPath, [PROGRAM, '--help']));
    const node = repeated(() => execFileSync(process.execPath, ['-e', '0']));
    const { data, remove } = dataFolder();
    const ready: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      const up = await startUpProcess(data);
      ready.push(up.readyMs);
      await up.stop();
    }
    remove();
    return [
      { what: 'node -e 0, p50', value: amount(percentile(node, 0.5), 'ms'), aim: '' },
      { what: 'endwell --help, p50', value: amount(percentile(help, 0.5), 'ms'), aim: '≤ 80 ms' },
      { what: 'up to ready, first time', value: amount(ready[0] ?? 0, 'ms'), aim: '' },
      {
        what: 'up to ready, warm, p50',
        value: amount(percentile(ready.slice(1), 0.5), 'ms'),
        aim: '≤ 1500 ms',
      },
    ];
  },
};

function repeated(work: () => unknown): number[] {
  return Array.from({ length: TIMES }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}
