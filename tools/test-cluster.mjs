// Runs the suites that need a real cluster: npm run test:cluster [-- FILTER…].
// npm run test:cluster -- faults [NAME…] [--short] [--write]: the faults of the guarantee, as a program with progress.
// The cluster is KUBECONFIG's; without one it is what `$TESTCLUSTER up` starts and prints. Endwell is installed on it
// from deploy/install.yaml, as an image of dist/.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Test files wait for pods most of their time, so more of them run at once than there are processors. */
const SIDE_BY_SIDE = ['--maxWorkers', '4'];

const kubeconfig = process.env.KUBECONFIG ?? startedCluster();
const image = process.env.ENDWELL_IMAGE ?? builtImage();
installEndwell();
const [first, ...rest] = process.argv.slice(2);
const [program, ...programArguments] =
  first === 'faults'
    ? ['tsx', 'test/faults/main.ts', ...rest]
    : [
        'vitest',
        'run',
        '--project',
        'everywhere',
        '--project',
        'real',
        '--project',
        'cluster',
        ...SIDE_BY_SIDE,
        ...process.argv.slice(2),
      ];
// Ctrl-C reaches the program too, which brings the cluster back: its end is awaited.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
const tests = spawnSync(program, programArguments, {
  stdio: 'inherit',
  env: { ...process.env, KUBECONFIG: kubeconfig, ENDWELL_IMAGE: image, ENDWELL_TEST_CLUSTER: 'real' },
});
process.exit(tests.status ?? 1);

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

/** Makes an image of dist/ and gives it to every node. Its tag is made from what it holds, so that a new one is rolled out. */
function builtImage() {
  const testcluster = process.env.TESTCLUSTER;
  if (testcluster === undefined)
    fail(
      'no image of Endwell on the cluster: set ENDWELL_IMAGE to one, or TESTCLUSTER to a command that loads images.',
    );
  const name = `endwell:${readFileSync('dist/.built-from', 'utf8').slice(0, 12)}`;
  const entrypoint = ['--entrypoint', 'node,/app/endwell.js'];
  run(testcluster, ['image', name, 'dist', '--from', 'testcluster/node:1', '--at', '/app', ...entrypoint]);
  run(testcluster, ['load-image', name]);
  return name;
}

function installEndwell() {
  console.error(`test:cluster: installing Endwell as ${image} …`);
  kubectl(
    ['apply', '--server-side', '--force-conflicts', '-f', '-'],
    run(process.execPath, ['dist/endwell.js', 'crds']),
  );
  const manifest = readFileSync('deploy/install.yaml', 'utf8').replaceAll(
    /image: endwell:\S+/g,
    `image: ${image}`,
  );
  kubectl(['apply', '-f', '-'], manifest);
  for (const name of ['endwell-operator', 'endwell-server']) awaitRollout(name);
}

/** One that does not come up is shown with the last lines of its log: they say why. */
function awaitRollout(name) {
  const place = ['--namespace', 'endwell-system'];
  const rollout = ['rollout', 'status', '--timeout=120s', ...place, `deployment/${name}`];
  const args = kubectlArguments(rollout);
  if (spawnSync(args[0], args.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0) return;
  console.error(kubectl(['get', 'pods', ...place]));
  console.error(kubectl(['logs', '--tail=5', ...place, `deployment/${name}`]));
  fail(`${name} did not come up: its pods and the end of its log stand above.`);
}

function kubectl(args, input = '') {
  const [program, ...rest] = kubectlArguments(args);
  return run(program, rest, input);
}

/** The program comes first. TESTCLUSTER's kubectl has a known version. */
function kubectlArguments(args) {
  const program = process.env.TESTCLUSTER === undefined ? ['kubectl'] : [process.env.TESTCLUSTER, 'kubectl'];
  return [...program, ...args, '--kubeconfig', kubeconfig];
}

function run(program, args, input = '') {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    return fail(`${program} ${args.slice(0, 3).join(' ')} … failed: ${error.message.split('\n')[0]}`);
  }
}

function fail(sentence) {
  console.error(`test:cluster: ${sentence}`);
  process.exit(1);
}
