// Keeps what Endwell stores in a cluster as fixtures of its version: test/integration/olderObjects.test.ts holds every
// later version to understanding them. Run it once for each version that is tagged, on a cluster where that version works:
//
//   KUBECONFIG=… node tools/record-objects.mjs
//
// It makes runs in a namespace of its own, waits until each stands where it is to be recorded, and removes them again.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const NAMESPACE = 'record-objects';
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const folder = new URL(`../test/fixtures/objects/${version}/`, import.meta.url);
const [program, ...programArguments] = (process.env.KUBECTL ?? 'kubectl').split(' ');
const image = process.env.ENDWELL_TEST_IMAGE ?? 'testcluster/busybox:1';

const shell = (script, change = {}) => ({
  spec: {
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsUser: 1000, runAsNonRoot: true },
    containers: [{ name: 'main', image, command: ['/bin/sh', '-c', script] }],
    ...change,
  },
});
const exitHandler = shell('true');
const key = (text) => ({ key: text, whenActive: 'Reject' });

/** Runs by the state in which they are kept, in the order in which they are made. */
const RUNS = {
  running: {
    phase: 'Running',
    spec: {
      main: shell('sleep 600'),
      exitHandler,
      queue: 'one',
      dedupe: key('a'),
      limits: { runSeconds: 3_600 },
    },
  },
  queued: { phase: 'Queued', spec: { main: shell('true'), exitHandler, queue: 'one', priority: 5 } },
  refused: { phase: 'Refused', spec: { main: shell('true'), dedupe: key('a') } },
  pending: {
    phase: 'Pending',
    spec: { main: shell('true', { nodeSelector: { is: 'nowhere' } }), exitHandler },
  },
  backoff: {
    phase: 'Queued',
    spec: {
      main: shell('echo no; exit 3'),
      exitHandler,
      retry: { maxAttempts: 3, backoffSeconds: 600, rules: [{ exitCodes: [3], action: 'Retry' }] },
    },
    attempts: 1,
  },
  exiting: { phase: 'Exiting', spec: { main: shell('true'), exitHandler: shell('sleep 600') } },
  succeeded: {
    phase: 'Succeeded',
    spec: { main: shell('true'), exitHandler, keepPodSeconds: { succeeded: 60 } },
  },
  failed: {
    phase: 'Failed',
    spec: { main: shell('echo no; exit 4'), subject: { kind: 'connection', id: '7f3c' } },
  },
  timeout: { phase: 'Failed', spec: { main: shell('sleep 600'), exitHandler, limits: { runSeconds: 2 } } },
  cancelled: { phase: 'Cancelled', spec: { main: shell('sleep 600'), exitHandler, cancel: { by: 'ann' } } },
};

apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
try {
  apply({ apiVersion: 'endwell.dev/v1', kind: 'Queue', metadata: of('one'), spec: { maxRunning: 1 } });
  for (const [name, { spec, phase, attempts = 0 }] of Object.entries(RUNS)) {
    apply({ apiVersion: 'endwell.dev/v1', kind: 'Run', metadata: of(name), spec });
    await until(name, ({ status }) => status?.phase === phase && status.attempts.length >= attempts);
  }
  mkdirSync(folder, { recursive: true });
  const kinds = {
    runs: 'runs.endwell.dev',
    queues: 'queues.endwell.dev',
    pods: 'pods',
    templates: 'controllerrevisions',
  };
  for (const [file, resource] of Object.entries(kinds))
    keep(file, get(resource, '--namespace', NAMESPACE).items);
  keep('admission', [get('configmap/endwell-admission', '--namespace', 'endwell-system')]);
} finally {
  kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
}

function of(name) {
  return { name, namespace: NAMESPACE };
}

async function until(name, holds) {
  for (let tries = 0; tries < 240; tries += 1) {
    if (holds(get(`runs.endwell.dev/${name}`, '--namespace', NAMESPACE))) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`run ${name} never came to where it is to be recorded`);
}

/** What a client reads, less what the API server notes about writers. */
function keep(file, objects) {
  for (const { metadata } of objects) {
    delete metadata.managedFields;
    delete metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  }
  writeFileSync(new URL(`${file}.json`, folder), `${JSON.stringify(objects, null, 1)}\n`);
}

function apply(object) {
  kubectl(['apply', '-f', '-'], JSON.stringify(object));
}

function get(...args) {
  return JSON.parse(kubectl(['get', ...args, '-o', 'json']));
}

function kubectl(args, input = '') {
  return execFileSync(program, [...programArguments, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
}
