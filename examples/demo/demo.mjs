// The demo: a data job with its exit handler on the embedded engine, then the same job dying three ways.
// Ends with a table, and with code 1 if a run did not end as it has to.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import pc from 'picocolors';
import { down, endwell, folder, logsOf, root, runNamed, say, submitAndFollow, up } from './endwell.mjs';
import { SCENES } from './scenes.mjs';

const commits = join(root, 'examples', 'commits');
/** What a shell expects of a program that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

/** States that a source gives on its way, where it has so many records: a middle at which to strike. */
const STATES = 40;
const MOST_RECORDS_PER_STATE = 10;

/** What exit handlers told the receiver, by run. */
const told = new Map();
const receiver = createServer(async (incoming, answer) => {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  const outcome = JSON.parse(body);
  told.set(outcome.run, [...(told.get(outcome.run) ?? []), outcome]);
  answer.writeHead(204).end();
});

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
try {
  process.exitCode = await play();
} catch (error) {
  if (!interrupted) process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
}
if (!interrupted) await cleanUp();

/** The first signal cleans up and ends; npm and the shell may send more of them meanwhile. */
async function interrupt() {
  if (interrupted) return;
  interrupted = true;
  say('\nInterrupted: stopping what runs …');
  await cleanUp();
  process.exit(INTERRUPTED);
}

async function play() {
  const start = performance.now();
  const records = commitsOfThisClone();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  say('Starting Endwell on its embedded Kubernetes API …');
  await up();
  say(`Ready after ${seconds(start)} s.\n`);
  const history = records === 1 ? 'the one commit' : `the ${records} commits`;
  say(`The job: read ${history} of this clone's own git history (an Airbyte source), write them as`);
  say('JSON lines, one partition a month (an Airbyte destination). Its exit handler posts the outcome.\n');
  const rows = [];
  for (const scene of SCENES) {
    if (interrupted) return INTERRUPTED;
    rows.push(await playScene(scene, records));
  }
  say(table(rows));
  return verdict(rows, start);
}

/** How many records there are to read. Refuses a folder without history. */
function commitsOfThisClone() {
  try {
    const git = ['-C', root, 'rev-list', '--count', 'HEAD'];
    return Number(execFileSync('git', git, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch (error) {
    const why = error.stderr?.trim() || error.message;
    throw new Error(`reading the git history of ${root}: ${why}. The demo needs git and a clone.`, {
      cause: error,
    });
  }
}

async function playScene(scene, records) {
  const name = scene.run;
  say(pc.bold(`● ${name}: ${scene.title}`));
  const start = performance.now();
  const [exitCode] = await Promise.all([submitAndFollow(manifestOf(scene, records)), scene.strike?.(name)]);
  const took = seconds(start);
  const { status } = await runNamed(name);
  const written = writtenBy(name);
  say(pc.dim(indent(await endwell('run', 'explain', name))));
  if (status.phase === 'Succeeded') showSample(name, written);
  const acknowledged = acknowledgedIn(await logsOf(name));
  const { receipt } = status.exit ?? {};
  return {
    run: name,
    outcome: status.phase,
    reason: status.main?.reason ?? status.reason,
    receipt: receipt ? `exit ${receipt.exitCode}, pod ${receipt.podUID.slice(0, 8)}` : 'none',
    seconds: took,
    records: `${acknowledged} of ${records}`,
    problems: problemsOf(scene, { status, exitCode, acknowledged, written: written.length, records }),
  };
}

/** What is not as it has to be; empty when all is well. */
function problemsOf({ run, expect }, { status, exitCode, acknowledged, written, records }) {
  const succeeded = expect.outcome === 'Succeeded';
  const notices = told.get(run) ?? [];
  const checks = [
    [`phase ${status.phase}, not ${expect.outcome}`, status.phase === expect.outcome],
    [`reason ${status.main?.reason}, not ${expect.reason}`, status.main?.reason === expect.reason],
    [`run submit --wait exited with ${exitCode}`, exitCode === (succeeded ? 0 : 1)],
    ['its exit handler left no receipt with exit code 0', status.exit?.receipt?.exitCode === 0],
    [`the receiver was told ${notices.length} times`, notices.length === 1],
    [
      `the receiver was told ${notices[0]?.outcome} (${notices[0]?.reason})`,
      notices[0]?.outcome === expect.outcome && notices[0]?.reason === expect.reason,
    ],
    [`${written} of ${records} records are on disk`, succeeded ? written === records : true],
    [`${acknowledged} records were acknowledged and ${written} are on disk`, written >= acknowledged],
  ];
  return checks.flatMap(([problem, holds]) => (holds ? [] : [problem]));
}

function manifestOf({ run, slowly = 0, limits }, records) {
  const config = join(folder, `${run}.json`);
  const recordsPerState = Math.min(MOST_RECORDS_PER_STATE, Math.ceil(records / STATES));
  const delayMs = Math.ceil(slowly / records);
  writeFileSync(config, JSON.stringify({ repository: root, delayMs, recordsPerState }));
  const example = (file) => join(commits, file);
  const source = [
    example('source-git.mjs'),
    'read',
    '--config',
    config,
    '--catalog',
    example('catalog.json'),
  ];
  const destination = [example('destination-jsonl.mjs'), 'write', '--folder', join(folder, run)];
  const node = process.execPath;
  const spec = {
    subject: { kind: 'connection', id: 'git-to-jsonl' },
    main: pod([node, example('sync.mjs'), node, ...source, '--', node, ...destination]),
    exitHandler: pod([node, example('notify.mjs'), `http://127.0.0.1:${receiver.address().port}/outcomes`]),
    ...(limits && { limits }),
  };
  const file = join(folder, `${run}.run.json`);
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: 'endwell.dev/v1', kind: 'Run', metadata: { name: run }, spec }),
  );
  return file;
}

function pod(command) {
  const containers = [{ name: 'main', image: 'endwell/demo:1', command }];
  return { spec: { terminationGracePeriodSeconds: 1, containers } };
}

/** Every record on disk, whole or not. */
function writtenBy(run) {
  const out = join(folder, run);
  return readdirSync(out, { recursive: true })
    .filter((path) => path.endsWith('.jsonl'))
    .sort()
    .flatMap((path) =>
      readFileSync(join(out, path), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => ({ path, line })),
    );
}

/** The last number of records that the job's log says reached the disk. */
function acknowledgedIn(log) {
  return Number([...log.matchAll(/(?:acknowledged after|written) (\d+)/g)].at(-1)?.[1] ?? 0);
}

function showSample(run, written) {
  const partitions = new Set(written.map(({ path }) => path));
  say(`  ${written.length} records in ${partitions.size} partition(s). The last of ${written.at(-1)?.path}:`);
  say(`  ${written.at(-1)?.line}\n`);
}

function verdict(rows, start) {
  const wrong = rows.flatMap(({ run, problems }) => problems.map((problem) => `demo: ${run}: ${problem}`));
  for (const line of wrong) process.stderr.write(`${line}\n`);
  if (wrong.length > 0) return 1;
  say(`\nEvery run ended, every end was handled and explained. ${seconds(start)} s in all.`);
  return 0;
}

function table(rows) {
  const columns = ['run', 'outcome', 'reason', 'receipt', 'seconds', 'records'];
  const titles = ['RUN', 'OUTCOME', 'REASON', "HANDLER'S RECEIPT", 'SECONDS', 'RECORDS WRITTEN'];
  const lines = [titles, ...rows.map((row) => columns.map((name) => String(row[name])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index].length)));
  const padded = (line) => line.map((cell, index) => cell.padEnd(widths[index])).join('   ');
  return lines.map((line) => padded(line).trimEnd()).join('\n');
}

async function cleanUp() {
  await down();
  receiver.closeAllConnections();
  receiver.close();
}

function seconds(start) {
  return ((performance.now() - start) / 1000).toFixed(1);
}

function indent(text) {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
