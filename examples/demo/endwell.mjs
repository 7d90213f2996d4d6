// The Endwell of the demo: its folder, its command line, its Kubernetes API.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** Root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Everything that the demo writes is in here, and goes with it. */
export const folder = mkdtempSync(join(tmpdir(), 'endwell-demo-'));
const data = join(folder, 'data');
const program = join(root, 'dist', 'endwell.js');
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 100;
/** The demo's pods have a grace of one second. */
const DOWN_SECONDS = 20;

let starting;

/** Starts it in the background, ready to use. */
export async function up() {
  starting = endwell('up', '--port', '0', '--detach');
  await starting;
}

/** Ends it, with all that still runs, and takes the folder away. */
export async function down() {
  await starting?.catch(() => undefined);
  await endwell('down', '--timeout', String(DOWN_SECONDS)).catch((error) => say(`demo: ${error.message}`));
  rmSync(folder, { recursive: true, force: true });
}

/** Runs one command to its end; what it printed. */
export function endwell(...args) {
  return new Promise((resolve, reject) => {
    const command = [program, ...args, '--data', data];
    execFile(process.execPath, command, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`endwell ${args.join(' ')}: ${stderr.trim() || error.message}`));
      else resolve(stdout);
    });
  });
}

/** Submits a run and follows it, line by line; the exit code: 0 succeeded, 1 failed. */
export function submitAndFollow(file) {
  return new Promise((resolve, reject) => {
    const command = [program, 'run', 'submit', '-f', file, '--wait', '--data', data];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => say(`  ${line}`));
    child.on('error', reject).on('close', resolve);
  });
}

/** The run as the API has it. */
export async function runNamed(name) {
  return JSON.parse(await endwell('run', 'get', name, '-o', 'json'));
}

/** Main's log so far; '' while there is none. */
export function logsOf(name) {
  return endwell('run', 'logs', name).catch(() => '');
}

/** What `kubectl delete pod` asks of the Kubernetes API. */
export function deletePod(name) {
  const { clusters, users } = parse(readFileSync(join(data, 'kubeconfig'), 'utf8'));
  const { server, 'certificate-authority-data': authority } = clusters[0].cluster;
  const options = {
    method: 'DELETE',
    ca: Buffer.from(authority, 'base64'),
    headers: { authorization: `Bearer ${users[0].user.token}` },
  };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(`/api/v1/namespaces/default/pods/${name}`, server), options, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode < 300) resolve();
        else reject(new Error(`deleting pod ${name}: ${answer.statusCode}`));
      });
    });
    sent.on('error', reject).end();
  });
}

/** Waits until `read` has a value. */
export async function until(what, read) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`waited a minute for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** One line for whoever watches. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
