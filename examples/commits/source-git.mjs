// An Airbyte source that reads the commits of a git repository.
// source-git.mjs spec | check --config F | discover --config F | read --config F --catalog F [--state F]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const FIELD = '\x1f';

const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Git history',
  type: 'object',
  required: ['repository'],
  properties: {
    repository: { type: 'string', title: 'Folder of the repository' },
    delayMs: { type: 'integer', title: 'Wait so long after each record', default: 0, minimum: 0 },
    recordsPerState: {
      type: 'integer',
      title: 'A STATE message after so many records: what a retry does not have to read again',
      default: 10,
      minimum: 1,
    },
  },
};

const COMMITS = {
  name: 'commits',
  supported_sync_modes: ['full_refresh', 'incremental'],
  source_defined_cursor: true,
  default_cursor_field: ['date'],
  source_defined_primary_key: [['hash']],
  json_schema: {
    type: 'object',
    properties: {
      hash: { type: 'string' },
      author: { type: 'string' },
      date: { type: 'string', format: 'date-time' },
      subject: { type: 'string' },
    },
  },
};

const [command, ...rest] = process.argv.slice(2);
const flags = Object.fromEntries(
  rest.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), rest[index + 1]]] : [])),
);
const commands = { spec, check, discover, read };
if (commands[command] === undefined)
  endWith('usage: source-git.mjs spec | check | discover | read  --config FILE …');
await commands[command]();

async function spec() {
  await say({ type: 'SPEC', spec: { connectionSpecification: CONFIG_SCHEMA, supportsIncremental: true } });
}

async function check() {
  const { repository } = config();
  const git = spawnSync('git', ['-C', repository, 'rev-parse', 'HEAD'], { encoding: 'utf8' });
  const status = git.status === 0 ? 'SUCCEEDED' : 'FAILED';
  await say({
    type: 'CONNECTION_STATUS',
    connectionStatus: { status, message: git.status === 0 ? '' : git.stderr.trim() },
  });
}

async function discover() {
  await say({ type: 'CATALOG', catalog: { streams: [COMMITS] } });
}

async function read() {
  const { repository, delayMs = 0, recordsPerState = 10 } = config();
  const wanted = json('catalog').streams.some(({ stream }) => stream.name === 'commits');
  if (!wanted) return;
  const from = flags.state === undefined ? undefined : json('state').hash;
  const range = from === undefined ? ['HEAD'] : [`${from}..HEAD`];
  const format = ['%H', '%an', '%aI', '%s'].join(FIELD);
  const git = spawn('git', ['-C', repository, 'log', '--reverse', `--format=${format}`, ...range], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(git, 'close');
  let count = 0;
  for await (const line of createInterface({ input: git.stdout })) {
    const [hash, author, date, subject] = line.split(FIELD);
    await say({
      type: 'RECORD',
      record: { stream: 'commits', data: { hash, author, date, subject }, emitted_at: Date.now() },
    });
    count += 1;
    if (count % recordsPerState === 0) await say(stateAt(hash, count));
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
  const [code] = await ended;
  if (code !== 0) endWith(`git log ended with ${code}`);
  await say(stateAt(undefined, count));
}

function stateAt(hash, count) {
  const stream_state = hash === undefined ? { done: true } : { hash };
  const stream = { stream_descriptor: { name: 'commits' }, stream_state };
  return { type: 'STATE', state: { type: 'STREAM', stream, sourceStats: { recordCount: count } } };
}

function config() {
  return json('config');
}

function json(flag) {
  if (flags[flag] === undefined) endWith(`--${flag} FILE is missing`);
  return JSON.parse(readFileSync(flags[flag], 'utf8'));
}

/** Writes one message; waits while the reader is slower than we are. */
async function say(message) {
  if (!process.stdout.write(`${JSON.stringify(message)}\n`)) await once(process.stdout, 'drain');
}

function endWith(sentence) {
  console.error(`source-git: ${sentence}`);
  process.exit(1);
}
