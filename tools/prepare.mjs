// Makes ready what a command needs, then runs it, where there is one: node tools/prepare.mjs [build] [-- COMMAND…]
// Uses nothing that has to be installed first. When everything is fresh it only compares a few stamps.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MIN_NODE = [20, 19];

main();

function main() {
  refuseOldNode();
  const separator = process.argv.indexOf('--');
  const wanted = separator < 0 ? process.argv.slice(2) : process.argv.slice(2, separator);
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  installDependencies();
  if (wanted.includes('build')) buildProduct();
  if (command.length > 0) runCommand(command);
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  fail(`Node ${process.versions.node} is too old: Endwell needs Node ${MIN_NODE.join('.')} or newer.`);
}

/** Installs exactly what the lock file says, unless this was done for the same lock file before. */
function installDependencies() {
  const stamp = join(root, 'node_modules', '.endwell-installed');
  const wanted =
    hashFiles([join(root, 'package-lock.json'), join(root, '.npmrc')]) + process.version.split('.')[0];
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  step('installing packages (npm ci, once; about half a minute)', () => {
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) fail('npm ci failed: its message stands above. Is the npm registry reachable?');
  });
  writeFileSync(stamp, wanted);
}

/** Bundles the product into dist/, unless dist/ was built from these very files. */
function buildProduct() {
  const stamp = join(root, 'dist', '.built-from');
  const wanted = hashFiles([
    ...filesUnder(join(root, 'src')),
    join(root, 'tools', 'build.mjs'),
    join(root, 'package.json'),
  ]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  step('building dist/', () => {
    const build = spawnSync(process.execPath, [join(root, 'tools', 'build.mjs')], {
      cwd: root,
      stdio: 'inherit',
    });
    if (build.status !== 0) fail('the build failed: its message stands above.');
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Runs the command with the installed tools on its path; its end is ours, signals included. */
function runCommand(command) {
  const name = command[0] === 'node' ? process.execPath : command[0];
  const child = spawn(name, command.slice(1), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${command.join(' ')}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile() && !path.endsWith('.test.ts'))
    .sort();
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function step(what, work) {
  const start = performance.now();
  process.stderr.write(`endwell: ${what} …\n`);
  work();
  process.stderr.write(`endwell: done in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

function fail(sentence) {
  process.stderr.write(`endwell: ${sentence}\n`);
  process.exit(1);
}
