// Runs the suites that need a real cluster: npm run test:cluster [-- FILTER…].
// The cluster is KUBECONFIG's; without one it is what `$TESTCLUSTER up` starts and prints.
import { spawnSync } from 'node:child_process';

const kubeconfig = process.env.KUBECONFIG ?? startedCluster();
const args = ['run', '--project', 'conformance', '--project', 'cluster', ...process.argv.slice(2)];
const vitest = spawnSync('vitest', args, {
  stdio: 'inherit',
  env: { ...process.env, KUBECONFIG: kubeconfig, ENDWELL_TEST_CLUSTER: 'real' },
});
process.exit(vitest.status ?? 1);

function startedCluster() {
  const testcluster = process.env.TESTCLUSTER;
  if (testcluster === undefined)
    fail(
      'no cluster to test on: set KUBECONFIG to the kubeconfig of a Kubernetes 1.30 or newer whose admin you are, ' +
        'or TESTCLUSTER to a command that starts one (its verbs: CONTRIBUTING.md, "A real cluster").',
    );
  const up = spawnSync(testcluster, ['up', '--nodes', '2', '--evict-after', '5'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const path = /^export KUBECONFIG=(.+)$/m.exec(up.stdout ?? '')?.[1];
  if (up.status !== 0 || path === undefined)
    fail(`${testcluster} up started no cluster: its message stands above.`);
  return path;
}

function fail(sentence) {
  console.error(`test:cluster: ${sentence}`);
  process.exit(1);
}
