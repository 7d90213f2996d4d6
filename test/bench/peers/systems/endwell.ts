import { execFileSync } from 'node:child_process';
import { freePort } from '../../../support/freePorts.ts';
import { NAMESPACE, SYSTEM_NAMESPACE } from '../controlPlane.ts';
import type { Programs } from '../programs.ts';
import { until } from '../until.ts';
import { hasCondition, podTemplate } from './podTemplate.ts';
import type { System } from './system.ts';

const START_SECONDS = 60;
const FINALIZER = 'endwell.dev/exit-owed';

/**
 * Endwell's operator as it is shipped: its defaults, without a database. `PEERS_NODE_OPTIONS` are options of its Node, for
 * who wants to profile it.
 */
export function endwell({ endwell: program }: Programs): System {
  return {
    name: 'endwell',
    profile: '',
    processes: ['endwell'],
    runs: `/apis/endwell.dev/v1/namespaces/${NAMESPACE}/runs`,
    hasHandler: true,
    hasStatusSubresource: true,
    crds: () => [execFileSync(process.execPath, [program, 'crds'], { encoding: 'utf8', maxBuffer: 1 << 26 })],
    async start({ processes, kubeconfig }) {
      const port = await freePort();
      const own = ['--kubeconfig', kubeconfig('system'), '--operator-namespace', SYSTEM_NAMESPACE];
      const health = ['--health-host', '127.0.0.1', '--health-port', String(port)];
      const options = (process.env['PEERS_NODE_OPTIONS'] ?? '').split(' ').filter((option) => option !== '');
      processes.start('endwell', process.execPath, [...options, program, 'operator', ...own, ...health]);
      await until('the operator to lead', START_SECONDS, async () => {
        processes.assertRunning('endwell');
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
        return (await answer.text()).includes('ok (leader)');
      });
    },
    run: (name, { runFor, handler }) => ({
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      // As Endwell's server and its schedules make it.
      metadata: { name, finalizers: [FINALIZER] },
      spec: {
        main: podTemplate(runFor),
        ...(handler === 'with handler' ? { exitHandler: podTemplate(runFor) } : {}),
      },
    }),
    ended({ status }) {
      const phase = status?.['phase'];
      if (phase === 'Succeeded') return 'Succeeded';
      return phase === 'Failed' || phase === 'Cancelled' || phase === 'Refused' ? 'Failed' : undefined;
    },
    podOf({ metadata: { labels } }) {
      const run = labels?.['endwell.dev/run'];
      if (run === undefined) return undefined;
      return { run, step: labels?.['endwell.dev/stage'] === 'exit' ? 'exit' : 'main' };
    },
    admitted: (run) => hasCondition(run, 'Admitted'),
  };
}
