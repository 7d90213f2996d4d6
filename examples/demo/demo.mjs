// The demo: a data job with its exit handler on the embedded engine, then the same job dying three ways.
// Ends with a table, and with code 1 if a run did not end as it has to.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const commits = join(root, 'examples', 'commits');
const folder = mkdtempSync(join(tmpdir(), 'endwell-demo-'));
const data = join(folder, 'data');

/** What each run does, what is done to it, and how it has to end. */
const SCENES = [
  {
    name: 'sync-commits',
    title: 'runs to its end',
    delayMs: 0,
    attack: async () => {},
    expect: ['Succeeded', 'Completed'],
  },
  {
    name: 'sync-killed',
    title: 'its process is killed (SIGKILL)',
    delayMs: 100,
    attack: killProcess,
    expect: ['Failed', 'Signal'],
  },
  {
    name: 'sync-deleted',
    title: 'its pod is deleted',
    delayMs: 100,
    attack: deletePod,
    expect: ['Failed', 'PodDeleted'],
  },
  {
    name: 'sync-slow',
    title: 'it runs past its limit of 2 seconds',
    delayMs: 1_000,
    limits: { runSeconds: 2 },
    attack: async () => {},
    expect: ['Failed', 'RunTimeout'],
  },
];

const told = new Map();
const receiver = createServer(async (incoming, answer) => {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  const outcome = JSON.parse(body);
  told.set(outcome.run, outcome);
  answer.writeHead(204).end();
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverUrl = `http://127.0.0.1:${receiver.address().port}/outcomes`;

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
try {
  process.exitCode = await play();
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

async function play() {
  const start = performance.now();
  say(`Starting Endwell with its embedded Kubernetes API (data in ${data}) …`);
  await endwell('up', '--data', data, '--port', '0', '--detach');
  say(
    `Ready after ${seconds(start)} s. Each run reads this repository's git history and writes JSON lines.\n`,
  );
  const rows = [];
  for (const scene of SCENES) rows.push(await playScene(scene));
  console.log(`\n${table(rows)}`);
  const wrong = rows.filter((row) => !row.asExpected);
  for (const row of wrong) console.error(`demo: ${row.run} did not end as it has to`);
  if (wrong.length === 0)
    say(`\nEvery run ended, every end was handled and explained. ${seconds(start)} s in all.`);
  return wrong.length === 0 ? 0 : 1;
}

async function playScene(scene) {
  say(`● ${scene.name}: ${scene.title}`);
  await submit(scene);
  await scene.attack(scene.name);
  const run = await ended(scene.name);
  say(indent(await endwell('run', 'explain', scene.name)));
  const { main, exit, phase, timeline } = run.status;
  const notice = told.get(scene.name);
  const [outcome, reason] = scene.expect;
  return {
    run: scene.name,
    outcome: phase,
    reason: main.reason,
    receipt: exit?.receipt ? `exit ${exit.receipt.exitCode}, pod ${exit.receipt.podUID.slice(0, 8)}` : 'none',
    seconds: ((Date.parse(timeline.exitFinishedAt) - Date.parse(timeline.acceptedAt)) / 1000).toFixed(0),
    records: await recordsOf(scene.name),
    asExpected:
      phase === outcome &&
      main.reason === reason &&
      exit?.receipt?.exitCode === 0 &&
      notice?.outcome === outcome,
  };
}

async function submit({ name, delayMs, limits }) {
  const config = join(folder, `${name}.json`);
  writeFileSync(config, JSON.stringify({ repository: root, delayMs }));
  const source = [
    process.execPath,
    join(commits, 'source-git.mjs'),
    'read',
    '--config',
    config,
    '--catalog',
    join(commits, 'catalog.json'),
  ];
  const destination = [
    process.execPath,
    join(commits, 'destination-jsonl.mjs'),
    'write',
    '--folder',
    join(folder, name),
  ];
  const manifest = {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { name },
    spec: {
      subject: { kind: 'connection', id: 'git-to-jsonl' },
      main: container([process.execPath, join(commits, 'sync.mjs'), ...source, '--', ...destination]),
      exitHandler: container([process.execPath, join(commits, 'notify.mjs'), receiverUrl]),
      limits,
      dedupe: { whenActive: 'Allow' },
    },
  };
  const file = join(folder, `${name}.run.json`);
  writeFileSync(file, JSON.stringify(manifest));
  await endwell('run', 'submit', '-f', file);
}

function container(command) {
  return {
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'endwell/demo:1', command }],
    },
  };
}

/** Kills the whole group of main's process once it has begun to write. */
async function killProcess(name) {
  const pod = await startedPod(name);
  const pid = Number(/\/\/(\d+)/.exec(pod.status.containerStatuses[0].containerID)?.[1]);
  say(`  kill -9 ${pid}`);
  process.kill(-pid, 'SIGKILL');
}

async function deletePod(name) {
  await startedPod(name);
  say(`  deleting pod ${name}-m1`);
  await kubernetes('DELETE', `/api/v1/namespaces/default/pods/${name}-m1`);
}

function startedPod(name) {
  return until(`${name} to start`, async () => {
    const pod = await kubernetes('GET', `/api/v1/namespaces/default/pods/${name}-m1`);
    return pod.status?.containerStatuses?.[0]?.state?.running ? pod : undefined;
  });
}

function ended(name) {
  return until(`${name} to end`, async () => {
    const run = JSON.parse(await endwell('run', 'get', name, '-o', 'json'));
    return /Succeeded|Failed|Cancelled|Refused/.test(run.status?.phase ?? '') ? run : undefined;
  });
}

/** How many records reached the disk: the last number that the job's log says was acknowledged. */
async function recordsOf(name) {
  const log = await endwell('run', 'logs', name).catch(() => '');
  return [...log.matchAll(/(?:acknowledged after|written) (\d+)/g)].at(-1)?.[1] ?? '0';
}

async function until(what, read) {
  const patience = performance.now() + 60_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > patience) throw new Error(`waited a minute for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function endwell(...args) {
  const program = join(root, 'dist', 'endwell.js');
  const known = args[0] === 'up' || args[0] === 'down' ? args : [...args, '--data', data];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...known], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`endwell ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
  });
}

/** One request to the Kubernetes API of this Endwell, by its kubeconfig. */
function kubernetes(method, path) {
  const { clusters, users } = parse(readFileSync(join(data, 'kubeconfig'), 'utf8'));
  const options = {
    method,
    ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'),
    headers: { authorization: `Bearer ${users[0].user.token}` },
  };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, clusters[0].cluster.server), options, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += chunk)).on('end', () => resolve(JSON.parse(body)));
    });
    sent.on('error', reject).end();
  });
}

function table(rows) {
  const columns = ['run', 'outcome', 'reason', 'receipt', 'seconds', 'records'];
  const lines = [
    columns.map((name) => name.toUpperCase()),
    ...rows.map((row) => columns.map((name) => String(row[name]))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] + 3))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

async function cleanUp() {
  await endwell('down', '--data', data).catch(() => {});
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
}

function seconds(start) {
  return ((performance.now() - start) / 1000).toFixed(1);
}

function say(text) {
  console.log(text);
}

function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}
