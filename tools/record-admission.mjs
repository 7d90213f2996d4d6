// Asks a real API server what it says to each object of src/kubelite/schema/fixtures/admission.json, and keeps the
// answers there: kubelite's tests compare with them.
//
//   KUBECONFIG=… node tools/record-admission.mjs [--check]
//
// Everything but the definitions and stored objects that cases need is a dry run, in a namespace that is made and
// removed. --check writes nothing and fails where an answer is another one.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const NAMESPACE = 'record-admission';
const target = new URL('../src/kubelite/schema/fixtures/admission.json', import.meta.url);
const [kubectl, ...kubectlArguments] = (process.env.KUBECTL ?? 'kubectl').split(' ');
const file = JSON.parse(readFileSync(target, 'utf8'));

const proxy = spawn(kubectl, [...kubectlArguments, 'proxy', '--port=0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [line] = await new Promise((resolve) =>
    proxy.stdout.once('data', (data) => resolve(String(data).split('\n'))),
  );
  await record(`http://${/127\.0\.0\.1:\d+/.exec(line)[0]}`);
} finally {
  proxy.kill();
}

async function record(server) {
  await send(server, 'POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const crd of file.crds) await send(server, 'POST', crds, crd);
  try {
    for (const crd of file.crds) {
      execFileSync(kubectl, [
        ...kubectlArguments,
        'wait',
        '--for=condition=Established',
        `crd/${crd.metadata.name}`,
      ]);
    }
    const answers = [];
    for (const one of file.cases) answers.push({ ...one, answer: await answerTo(server, one) });
    keep(answers);
  } finally {
    for (const crd of file.crds) await send(server, 'DELETE', `${crds}/${crd.metadata.name}`);
    await send(server, 'DELETE', `/api/v1/namespaces/${NAMESPACE}`);
  }
}

async function answerTo(server, { path, object, old, fieldValidation = 'Warn' }) {
  const query = `?dryRun=All&fieldValidation=${fieldValidation}`;
  const collection = path.replace('{namespace}', NAMESPACE);
  if (old === undefined)
    return shortened(await send(server, 'POST', `${collection}${query}`, placed(object)));
  const stored = await send(server, 'POST', collection, placed(old));
  const one = `${collection}/${old.metadata.name}`;
  const { resourceVersion } = stored.body.metadata;
  const next = placed({ ...object, metadata: { ...object.metadata, resourceVersion } });
  const answer = await send(server, 'PUT', `${one}${query}`, next);
  await send(server, 'DELETE', one);
  return shortened(answer);
}

function placed(object) {
  return JSON.parse(JSON.stringify(object).replaceAll('{namespace}', NAMESPACE));
}

async function send(server, method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server}${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, warning: response.headers.get('warning'), body: await response.json() };
}

function shortened({ status, warning, body }) {
  const warnings = [...(warning ?? '').matchAll(/299 - "((?:\\.|[^"\\])*)"/g)].map((match) =>
    JSON.parse(`"${match[1]}"`),
  );
  const text = (value) => JSON.parse(JSON.stringify(value).replaceAll(NAMESPACE, '{namespace}'));
  if (status >= 300) return { status, ...causesOf(body) };
  const { metadata: _metadata, ...object } = withoutChance(text(body));
  return { status, warnings, object };
}

/** In alphabetical order: the API server gives those of maps in any. The message names them again, so it is left out. */
function causesOf({ message, details }) {
  if (!details?.causes) return { message };
  const causes = JSON.parse(JSON.stringify(details.causes).replaceAll(NAMESPACE, '{namespace}'));
  return { causes: causes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
}

/** Without what is another one each time: the token volume's name, the times of conditions. */
function withoutChance(value, name = '') {
  if (name === 'conditions') return [];
  if (Array.isArray(value)) {
    return value
      .filter((one) => !String(one?.name).startsWith('kube-api-access-'))
      .map((one) => withoutChance(one));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, one]) => [field, withoutChance(one, field)]));
}

function keep(cases) {
  const lines = (list) => `[\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]`;
  const text = `{"crds":${lines(file.crds)},"cases":${lines(cases)}}\n`;
  const changed = cases.filter(
    (one, index) => JSON.stringify(one.answer) !== JSON.stringify(file.cases[index].answer),
  );
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
    console.log(`${cases.length} answers, ${changed.length} new`);
  } else if (changed.length > 0) {
    console.error(`another answer to: ${changed.map(({ what }) => what).join('; ')}`);
    process.exitCode = 1;
  }
}
