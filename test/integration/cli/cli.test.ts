import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../../support/documents.ts';
import { eventually } from '../../support/eventually.ts';
import { askUp, runningOfUp } from '../../support/upApi.ts';

const PROGRAM = join(ROOT, 'dist', 'endwell.js');
const folder = mkdtempSync(join(tmpdir(), 'endwell-cli-'));
const data = join(folder, 'data');
const environment = { PATH: process.env['PATH'] ?? '', HOME: folder };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env: { ...environment, ...env } });
}

async function ended(child: ChildProcess, stdin = ''): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => (out += chunk));
  child.stderr?.on('data', (chunk) => (err += chunk));
  child.stdin?.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Runs a command that needs no server. */
const bare = (args: readonly string[], env: Record<string, string> = {}) => ended(start(args, env));

/** Runs a command against the `up` of this file. */
const cli = (args: readonly string[], stdin = '') => {
  const at = args.indexOf('--');
  const [before, after] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
  return ended(start([...before, '--data', data, ...after]), stdin);
};

const submit = (name: string, script: string, ...flags: string[]) =>
  cli(['run', 'submit', '--name', name, '--image', 'busybox:1', ...flags, '--', '/bin/sh', '-c', script]);

beforeAll(async () => {
  const up = await bare(['up', '--data', data, '--port', '0', '--detach']);
  expect(up, up.err).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await bare(['down', '--data', data]);
  rmSync(folder, { recursive: true, force: true });
});

describe('endwell', () => {
  it.each([[[]], [['--help']], [['run', '--help']], [['run', 'submit', '--help']], [['operator', '--help']]])(
    '%j prints help and exits with 0',
    async (args) => {
      const { code, out } = await bare(args);
      expect(code).toBe(0);
      expect(out).toContain('Usage: endwell');
    },
  );

  it.each([
    [['run', 'lst'], 'list'],
    [['run', 'list', '-o', 'wide'], 'table, json, yaml, name'],
    [['run', 'logs', 'x', '-o', 'json'], "unknown option '-o'"],
    [['run', 'submit', '-f', '.'], 'it is a folder'],
    [['run', 'get'], 'name'],
    [['run', 'submit'], '-f FILE'],
    [['run', 'submit', '--image', 'x'], 'command is missing'],
    [['run', 'list', '--server', 'here'], 'must be a URL'],
    [['run', 'list', '--limit', '0'], 'above 0'],
    [['run', 'logs', 'x', '--since', 'noon'], '5m'],
    [['up', '--port', 'http'], '--port'],
    [['operator', '--lease-seconds', '1'], '--lease-seconds'],
    [['server', '--prot', '1'], '--port'],
    [['finalizers', 'release'], '--all'],
    [['finalizers', 'release', '--all'], '--yes'],
  ])('%j is refused with exit code 2 and says what is allowed', async (args, says) => {
    const { code, err } = await bare(args);
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(err).toMatch(/^endwell: [^\n]+\n$/);
  });

  it('says in one line how to mend what keeps it from an API, with exit code 5', async () => {
    const missing = await bare(['run', 'list']);
    expect(missing.code).toBe(5);
    expect(missing.err).toMatch(/^endwell: no endwell was found: .*endwell up.*\n$/);
    const silent = await bare(['run', 'list', '--server', 'http://127.0.0.1:9', '--token', 'x']);
    expect(silent.code).toBe(5);
    expect(silent.err.trim().split('\n')).toHaveLength(1);
    const unknown = await bare(['run', 'list', '--server', 'http://127.0.0.1:9']);
    expect(unknown.code).toBe(5);
    expect(unknown.err).toMatch(/^endwell: no token for http:\/\/127.0.0.1:9: pass it as --token .*\n$/);
  });

  it('says that a kubeconfig has no token, and how to make one', async () => {
    const path = join(folder, 'no-token');
    writeFileSync(
      path,
      `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}],
        users: [{name: c, user: {}}], contexts: [{name: c, context: {cluster: c, user: c}}]}`,
    );
    const { code, err } = await bare(['run', 'list', '--kubeconfig', path]);
    expect(code).toBe(5);
    expect(err).toContain('kubectl create token');
  });

  it('adds the cause with --verbose', async () => {
    const { err } = await bare([
      'run',
      'list',
      '--server',
      'http://127.0.0.1:9',
      '--token',
      'x',
      '--verbose',
    ]);
    expect(err).toContain('caused by');
  });

  it('prints every CRD as YAML, and effective settings with their origin', async () => {
    const crds = parseAllDocuments((await bare(['crds'])).out).map(
      (document) => document.toJS() as { kind: string },
    );
    expect(crds.length).toBeGreaterThan(0);
    expect(new Set(crds.map(({ kind }) => kind))).toEqual(new Set(['CustomResourceDefinition']));
    const settings = await bare(['server', '--port', '9', '--print-config'], { ENDWELL_LOG_LEVEL: 'debug' });
    expect(settings.out).toMatch(/^port: 9 +# flag --port$/m);
    expect(settings.out).toMatch(/^logLevel: "debug" +# variable ENDWELL_LOG_LEVEL$/m);
  });

  it('says that its output is not whole when the disk is full, with exit code 1', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [PROGRAM, 'crds'], {
      env: environment,
      stdio: ['pipe', full, 'pipe'],
    });
    const { code, err } = await ended(child);
    closeSync(full);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^endwell: writing the output: ENOSPC.*\n$/) as unknown,
    });
  });

  it('completes commands', async () => {
    const script = (await bare(['complete', 'bash'])).out;
    expect(script).toContain('endwell complete --');
    expect((await bare(['completion', 'bash'])).out).toBe(script);
    expect((await bare(['complete', '--', 'run', ''])).out).toContain('submit');
  });

  it('writes no colours where nobody asked for a terminal', async () => {
    expect((await bare(['doctor'])).out).not.toContain('\u001b');
  });
});

describe('endwell run submit --wait', () => {
  it('exits with 0 when the run succeeds, and tells its life once a line', async () => {
    const { code, out } = await submit('fine', 'echo hi', '--wait', '--exit-command', 'true');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.at(-1)).toContain('run Succeeded');
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ fine /);
  });

  it('exits with 1 when it fails', async () => {
    expect(await submit('fails', 'exit 7', '--wait')).toMatchObject({ code: 1 });
  });

  it.each([
    ['a bad image', ['--image', 'Not An Image']],
    ['a name that is taken', ['--image', 'busybox:1', '--name', 'fine']],
    ['an unknown profile', ['--image', 'busybox:1', '--profile', 'nope']],
  ])('exits with 3 for %s', async (_what, flags) => {
    const { code, err } = await cli(['run', 'submit', '--wait', ...flags, '--', 'true']);
    expect(code, err).toBe(3);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('exits with 4 when it is cancelled', async () => {
    const waiting = submit('stopped', 'sleep 100', '--wait');
    await runningOfUp(data, 'stopped');
    expect(await cli(['run', 'cancel', 'stopped', '--reason', 'enough'])).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ code: 4 });
    expect((await cli(['run', 'cancel', 'stopped'])).out).toBe('run stopped has ended already: Cancelled\n');
  });

  it('leaves the run going at Ctrl-C, and says how to watch and to cancel it', async () => {
    const child = start([
      'run',
      'submit',
      '--data',
      data,
      '--name',
      'goes-on',
      '--image',
      'x',
      '--wait',
      '--',
      'sleep',
      '100',
    ]);
    const result = ended(child);
    await runningOfUp(data, 'goes-on');
    child.kill('SIGINT');
    const { code, err } = await result;
    expect(code).toBe(130);
    expect(err).toContain('endwell run watch goes-on');
    expect(err).toContain('endwell run cancel goes-on');
    expect((await cli(['run', 'get', 'goes-on'])).out).toContain('Running');
    expect(await cli(['run', 'cancel', 'goes-on', '--wait'])).toMatchObject({ code: 0 });
  });
});

describe('endwell run', () => {
  it('takes a manifest from standard input and names the run as kubectl does', async () => {
    const manifest = JSON.stringify({
      metadata: { name: 'from-stdin', labels: { team: 'x' } },
      spec: { main: { spec: { containers: [{ name: 'main', image: 'x', command: ['true'] }] } } },
    });
    const { code, out, err } = await cli(['run', 'submit', '-f', '-'], manifest);
    expect([code, out], err).toEqual([0, 'run.endwell.dev/from-stdin created\n']);
    const listed = await cli(['run', 'list', '--selector', 'team=x', '-o', 'name']);
    expect(listed.out).toBe('run.endwell.dev/from-stdin\n');
  });

  it('shows runs as table, JSON and YAML, also of all namespaces', async () => {
    await submit('shown', 'true', '--wait');
    const table = (await cli(['run', 'list', '-A'])).out.split('\n');
    expect(table[0]).toMatch(/^NAMESPACE +NAME +PHASE +REASON/);
    expect(table.find((line) => line.includes('shown'))).toMatch(/^default +shown +Succeeded +Completed/);
    const json = JSON.parse((await cli(['run', 'get', 'shown', '-o', 'json'])).out) as {
      status: { phase: string };
    };
    expect(json.status.phase).toBe('Succeeded');
    expect(parse((await cli(['run', 'get', 'shown', '-o', 'yaml'])).out)).toEqual(json);
    expect((await cli(['run', 'list', '-n', 'empty'])).err).toContain('No runs found in namespace empty');
  });

  it('prints logs of main and of the exit handler, whole and in part, and follows', async () => {
    await submit('speaks', 'echo one; echo two; sleep 0.3; echo three', '--exit-command', 'echo bye');
    expect((await cli(['run', 'logs', 'speaks', '--follow'])).out).toBe('one\ntwo\nthree\n');
    await cli(['run', 'watch', 'speaks']);
    expect((await cli(['run', 'logs', 'speaks'])).out).toBe('one\ntwo\nthree\n');
    expect((await cli(['run', 'logs', 'speaks', '--tail', '1'])).out).toBe('three\n');
    expect((await cli(['run', 'logs', 'speaks', '--stage', 'exit'])).out).toBe('bye\n');
  });

  it('explains an end: reason, sentence, evidence, next step', async () => {
    await submit('broken', 'echo oh no; exit 9', '--wait');
    const { out } = await cli(['run', 'explain', 'broken']);
    expect(out).toMatch(/^broken: Failed, ExitCode/);
    expect(out).toContain('exit code 9');
    expect(out).toContain('oh no');
    expect(out).toContain('Next');
  });

  it('deletes from the cluster, and tells the rest from the history', async () => {
    await submit('goes', 'true', '--wait');
    expect(await cli(['run', 'delete', 'goes'])).toMatchObject({ code: 0 });
    await eventually(
      async () => (await askUp(data, '/runs?namespace=default'))?.includes('"name":"goes"') === false,
      'the run to be gone',
    );
    expect((await cli(['run', 'list'])).out).not.toMatch(/^goes /m);
    await eventually(async () => {
      const { code, err } = await cli(['run', 'get', 'goes']);
      return code === 0 && err.includes('from the history');
    }, 'the run in the history');
  });

  it('watches a list until Ctrl-C', async () => {
    const child = start(['run', 'list', '--data', data, '--watch']);
    let out = '';
    child.stdout?.on('data', (chunk) => (out += chunk));
    await eventually(() => out.startsWith('NAME'), 'the table');
    await submit('comes-later', 'true', '--wait');
    await eventually(
      () => /comes-later +Succeeded/.test(out),
      () => `the run in ${out}`,
    );
    child.kill('SIGINT');
    expect(((await once(child, 'close')) as [number])[0]).toBe(0);
  });
});

describe('endwell doctor', () => {
  it('finds nothing wrong with a running up, one line a check', async () => {
    const { code, out } = await cli(['doctor']);
    expect(code, out).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('ok ')),
    ).toBe(true);
  });

  it('names what is missing and the fix, with exit code 1', async () => {
    const { code, out } = await bare(['doctor']);
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {2}cluster: .*KUBECONFIG/m);
    expect(out).toMatch(/^FAIL {2}server: .*start one by endwell up/m);
  });

  it.each(['CI', 'FORCE_COLOR'])('is plain text on a pipe, also where %s is set', async (name) => {
    const { out } = await bare(['doctor'], { [name]: 'true' });
    expect(out).toMatch(/^FAIL {2}cluster: /m);
  });
});

describe('endwell up', () => {
  it('keeps the kubeconfig and its state to their owner', () => {
    expect(statSync(join(data, 'kubeconfig')).mode & 0o777).toBe(0o600);
    expect(statSync(join(data, 'up.json')).mode & 0o777).toBe(0o600);
  });

  it('refuses a folder that is in use and leaves it alone', async () => {
    const before = readFileSync(join(data, 'up.json'), 'utf8');
    const { code, err } = await bare(['up', '--data', data, '--port', '0']);
    expect(code).toBe(1);
    expect(err).toMatch(/endwell runs there already .*endwell down/);
    expect(readFileSync(join(data, 'up.json'), 'utf8')).toBe(before);
    expect((await cli(['run', 'list'])).code).toBe(0);
  });

  it('starts on a folder whose process was killed, also when another has its number now', async () => {
    const own = join(folder, 'reused');
    await bare(['up', '--data', own, '--port', '0', '--detach']);
    const path = join(own, 'up.json');
    const state = JSON.parse(readFileSync(path, 'utf8')) as { pid: number };
    process.kill(state.pid, 'SIGKILL');
    writeFileSync(path, JSON.stringify({ ...state, pid: process.pid }));
    expect((await bare(['run', 'list', '--data', own])).err).toContain('no endwell runs on');
    expect((await bare(['down', '--data', own])).out).toContain('no endwell runs on');
    writeFileSync(path, JSON.stringify({ ...state, pid: process.pid }));
    expect(await bare(['up', '--data', own, '--port', '0', '--detach'])).toMatchObject({ code: 0 });
    expect(await bare(['down', '--data', own])).toMatchObject({ code: 0 });
  });

  it('refuses a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, err } = await bare(['up', '--data', join(folder, 'second'), '--port', String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`127.0.0.1:${port}: the port is taken`);
    expect(existsSync(join(folder, 'second', 'up.json'))).toBe(false);
  });

  it('refuses a folder that is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await bare(['up', '--data', join(folder, 'file'), '--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain('it is a file, not a folder');
  });

  it('refuses a folder in which none can be made, and does not hang', async () => {
    const { code, err } = await bare(['up', '--data', '/proc/endwell/data', '--port', '0']);
    expect(code, err).toBe(1);
    expect(err).toContain('making the data folder /proc/endwell/data: ');
  });

  it('says in the background, too, why it did not start', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await bare(['up', '--data', join(folder, 'file', 'below'), '--detach']);
    expect(code).toBe(1);
    expect(err).toContain('part of the path is a file');
  });
});

describe('endwell down', () => {
  it('cancels what runs, waits for the handler, and leaves nothing running', async () => {
    const own = join(folder, 'down');
    mkdirSync(own);
    await bare(['up', '--data', own, '--port', '0', '--detach']);
    const note = join(own, 'handled');
    const flags = [
      '--data',
      own,
      '--name',
      'live',
      '--image',
      'x',
      '--exit-command',
      `echo $ENDWELL_OUTCOME > ${note}`,
    ];
    await bare(['run', 'submit', ...flags, '--', 'sleep', '1000']);
    const { code, out } = await bare(['down', '--data', own]);
    expect(code).toBe(0);
    expect(out).toContain('cancelling 1 run');
    expect(readFileSync(note, 'utf8')).toBe('Cancelled\n');
    expect((await bare(['down', '--data', own])).out).toContain('no endwell runs');
  });

  it('says how to end a server that can cancel nothing, and leaves it', async () => {
    const own = join(folder, 'stuck');
    mkdirSync(own);
    const live = { metadata: { name: 'live', namespace: 'default' }, spec: {} };
    const server = createHttpServer((request, response) => {
      const isList = request.method === 'GET';
      const full = {
        type: 'x',
        title: 'x',
        status: 503,
        code: 'ClusterUnavailable',
        detail: 'the disk is full',
      };
      response.writeHead(isList ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isList ? { items: [live], nextCursor: null } : full));
    });
    const process = spawn('sleep', ['100']);
    try {
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const state = { version: '1', pid: process.pid, url, healthUrl: url, kubernetesUrl: url, token: 't' };
      writeFileSync(join(own, 'up.json'), JSON.stringify(state));
      const { code, err } = await bare(['down', '--data', own]);
      expect(code).toBe(5);
      expect(err).toMatch(/^endwell: cancelling runs: the disk is full.* endwell down --keep-running .*\n$/);
      expect(process.exitCode ?? process.signalCode).toBeNull();
    } finally {
      process.kill('SIGKILL');
      server.close();
    }
  });

  it('with --keep-running lets containers go on, for the next up to take them up', async () => {
    const own = join(folder, 'kept');
    await bare(['up', '--data', own, '--port', '0', '--detach']);
    const flags = ['--data', own, '--name', 'kept', '--image', 'x'];
    const go = join(own, 'go');
    const command = `while [ ! -e '${go}' ]; do sleep 0.1; done; exit 5`;
    await bare(['run', 'submit', ...flags, '--', '/bin/sh', '-c', command]);
    await runningOfUp(own, 'kept');
    expect((await bare(['down', '--data', own, '--keep-running'])).out).toContain('1 run goes on with');
    await bare(['up', '--data', own, '--port', '0', '--detach']);
    writeFileSync(go, '');
    const watched = await bare(['run', 'watch', 'kept', '--data', own]);
    expect(watched.code).toBe(1);
    expect((await bare(['run', 'explain', 'kept', '--data', own])).out).toContain('exit code 5');
    await bare(['down', '--data', own]);
  });
});
