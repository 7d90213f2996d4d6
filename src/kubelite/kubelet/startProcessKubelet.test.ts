import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../ports/clock.ts';
import { startScheduler } from '../scheduler/startScheduler.ts';
import type { PodLogRequest, Registry } from '../types.ts';
import type { Pod } from './pod.ts';
import { signalGroup } from './process/processTable.ts';
import { type ProcessKubelet, startProcessKubelet } from './startProcessKubelet.ts';
import { readLog } from './testing/readLog.ts';
import { create, eventsOf, podNamed, resourceOf, silentLog, testRegistry } from './testing/testRegistry.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let dataDir: string;
let registry: Registry;
let kubelet: ProcessKubelet;
let scheduler: { stop(): void };

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kubelet-test-'));
  registry = await testRegistry(systemClock);
  kubelet = await begin();
  scheduler = startScheduler({ registry, clock: systemClock, log: silentLog });
});

afterEach(async () => {
  scheduler.stop();
  const pods = resourceOf(registry, 'pods');
  for (const pod of registry.list(pods)) {
    await registry.update(pods, 'default', pod.metadata.name, (one) => ({
      ...one,
      metadata: { ...one.metadata, finalizers: [] },
    }));
    await registry.delete(pods, 'default', pod.metadata.name, { gracePeriodSeconds: 0 }).catch(() => {});
  }
  try {
    await vi.waitFor(() => expect(livingGroups()).toEqual([]), { timeout: 8000 });
  } finally {
    // A test that failed while its kubelet was stopped must leave nothing on the machine either.
    for (const line of livingGroups()) signalGroup(Number.parseInt(line, 10), 'SIGKILL');
    await kubelet.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Every token that it issues is another one. */
let issued = 0;

function begin(): Promise<ProcessKubelet> {
  return startProcessKubelet({
    registry,
    dataDir,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    nodeName: 'local',
    token: async () => `token ${++issued}`,
  });
}

/** Processes that were started by kubelets of this test. */
function livingGroups(): string[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dataDir) && !line.includes('ps -A'));
}

function shell(script: string, more: object = {}): object {
  return { name: 'main', image: 'example/any', command: ['/bin/sh', '-c', script], ...more };
}

async function run(name: string, spec: object, metadata: object = {}): Promise<void> {
  await create(registry, 'Pod', 'pods', {
    metadata: { name, ...metadata },
    spec: { restartPolicy: 'Never', ...spec },
  });
}

async function until(name: string, holds: (pod: Pod) => boolean, timeout = 15_000): Promise<Pod> {
  return vi.waitFor(
    () => {
      const pod = podNamed(registry, name);
      if (!pod || !holds(pod)) throw new Error(`not yet: ${JSON.stringify(pod?.status, null, 1)}`);
      return pod;
    },
    { timeout, interval: 10 },
  );
}

const ended = (pod: Pod) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const running = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.running !== undefined;
const endOf = (pod: Pod, index = 0) => pod.status?.containerStatuses?.[index]?.state?.terminated;

const log = (name: string, more: Partial<PodLogRequest> = {}) => readLog(kubelet.logs, name, more);

describe('startProcessKubelet: ends', () => {
  it('reports exit code 0 as Succeeded, with its output', async () => {
    await run('good', { containers: [shell('echo hello; echo oops >&2')] });
    const pod = await until('good', ended);
    expect(pod.status?.phase).toBe('Succeeded');
    expect(endOf(pod)).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(await log('good')).toBe('hello\noops\n');
    await vi.waitFor(() =>
      expect([...eventsOf(registry, 'good')].sort()).toEqual([
        'Created: Created container: main',
        'Pulled: Container image "example/any" already present on machine',
        'Scheduled: Successfully assigned default/good to local',
        'Started: Started container main',
      ]),
    );
  });

  it('reports an exit code and a signal as 128 + n', async () => {
    await run('code', { containers: [shell('exit 3'), shell('kill -SEGV $$$$', { name: 'second' })] });
    const pod = await until('code', ended);
    expect(pod.status?.phase).toBe('Failed');
    expect(endOf(pod)).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(endOf(pod, 1)).toMatchObject({ exitCode: 139, reason: 'Error' });
  });

  it('reports a program that is not there as StartError, and does not try again', async () => {
    await run('nosuch', {
      containers: [{ name: 'main', image: 'example/any', command: ['no-such-program'] }],
    });
    const pod = await until('nosuch', ended);
    expect(endOf(pod)).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(endOf(pod)?.message).toContain('exec: "no-such-program": executable file not found in $PATH');
  });

  it('kills what a container leaves behind', async () => {
    await run('leaves', { containers: [shell(`sleep 300 & sh -c 'sleep 301; echo ${dataDir}' & exit 0`)] });
    await until('leaves', ended);
    await vi.waitFor(() => expect(livingGroups()).toEqual([]));
  });

  it('kills what a container leaves behind in groups of its own', async () => {
    await run('groups', { containers: [shell(`set -m; sh -c 'sleep 302; echo ${dataDir}' & exit 0`)] });
    await until('groups', ended);
    await vi.waitFor(() => expect(livingGroups()).toEqual([]));
  });

  it('kills a container that is over its memory limit as OOMKilled', async () => {
    const script = 'const a=[];setInterval(()=>a.push(Buffer.alloc(20e6,1)),20)';
    await run('fat', {
      containers: [
        {
          name: 'main',
          image: 'example/any',
          command: [process.execPath, '-e', script],
          resources: { limits: { memory: '200Mi' } },
        },
      ],
    });
    const pod = await until('fat', ended);
    expect(endOf(pod)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('keeps the termination message, and the log in its place where the pod says so', async () => {
    await run('message', {
      containers: [
        shell('printf why > /dev/termination-log; exit 1'),
        shell('echo from the log; exit 2', {
          name: 'second',
          terminationMessagePolicy: 'FallbackToLogsOnError',
        }),
      ],
    });
    const pod = await until('message', ended);
    expect(endOf(pod)?.message).toBe('why');
    expect(endOf(pod, 1)?.message).toBe('from the log\n');
  });

  it('ends a pod past its deadline', async () => {
    await run('late', {
      activeDeadlineSeconds: 1,
      terminationGracePeriodSeconds: 1,
      containers: [shell('sleep 300')],
    });
    const pod = await until('late', ended);
    expect(pod.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(endOf(pod)).toMatchObject({ exitCode: 143 });
  });
});

describe('startProcessKubelet: order', () => {
  it('runs init containers in order, a sidecar from before main until after it', async () => {
    const say = (name: string, script: string, more: object = {}) =>
      shell(script, { name, volumeMounts: [{ name: 'shared', mountPath: '/shared' }], ...more });
    await run('order', {
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: [
        say('first', 'echo first >> /shared/log'),
        say(
          'side',
          "trap 'echo side ends >> /shared/log; exit 0' TERM; echo side >> /shared/log; while :; do sleep 0.05; done",
          { restartPolicy: 'Always' },
        ),
        say('second', 'sleep 0.2; echo second >> /shared/log'),
      ],
      containers: [say('main', 'echo main >> /shared/log; sleep 0.3; echo main ends >> /shared/log')],
    });
    const pod = await until('order', ended);
    const file = join(dataDir, 'pods', pod.metadata.uid, 'volumes', 'shared', 'log');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toEqual([
      'first',
      'side',
      'second',
      'main',
      'main ends',
      'side ends',
    ]);
    expect(pod.status?.phase).toBe('Succeeded');
    expect(pod.status?.initContainerStatuses?.[1]?.state?.terminated?.exitCode).toBe(0);
  });

  it('does not start main when an init container failed', async () => {
    await run('init', {
      initContainers: [shell('exit 4', { name: 'first' })],
      containers: [shell('echo never')],
    });
    const pod = await until('init', ended);
    expect(pod.status?.phase).toBe('Failed');
    expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
  });

  it('restarts by policy, then backs off', async () => {
    await run('again', { restartPolicy: 'OnFailure', containers: [shell('echo try; exit 1')] });
    const pod = await until(
      'again',
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    const status = pod.status?.containerStatuses?.[0];
    expect(status).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
    expect(status?.state?.waiting?.message).toBe(
      `back-off 10s restarting failed container=main pod=again_default(${pod.metadata.uid})`,
    );
    expect(pod.status?.phase).toBe('Running');
  });
});

describe('startProcessKubelet: deletion', () => {
  const pods = () => resourceOf(registry, 'pods');

  it('runs preStop, sends TERM to the group, and removes the object', async () => {
    const script = "trap 'echo term >> /shared/log; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    await run(
      'gentle',
      {
        volumes: [{ name: 'shared', emptyDir: {} }],
        containers: [
          shell(script, {
            volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
            lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo hook >> /shared/log'] } } },
          }),
        ],
      },
      { finalizers: ['example.com/held'] },
    );
    await vi.waitFor(async () => expect(await log('gentle')).toBe('up\n'));
    await registry.delete(pods(), 'default', 'gentle');
    const pod = await until('gentle', ended);
    expect(pod.status?.phase).toBe('Succeeded');
    expect(readFileSync(join(dataDir, 'pods', pod.metadata.uid, 'volumes/shared/log'), 'utf8')).toBe(
      'hook\nterm\n',
    );
    expect(await log('gentle')).toMatch(/^up\n/);
    await registry.update(pods(), 'default', 'gentle', (one) => ({
      ...one,
      metadata: { ...one.metadata, finalizers: [] },
    }));
    await vi.waitFor(() => expect(podNamed(registry, 'gentle')).toBeUndefined());
    await expect(log('gentle')).rejects.toThrow('pods "gentle" not found');
  });

  it('kills a group that ignores TERM at the end of its grace, grandchildren too', async () => {
    const stubborn =
      "trap '' TERM; echo up; sh -c 'while :; do sleep 0.1; done' & while :; do sleep 0.1; done";
    await run('stubborn', {
      terminationGracePeriodSeconds: 1,
      containers: [shell(`: in ${dataDir}; ${stubborn}`)],
    });
    await vi.waitFor(async () => expect(await log('stubborn')).toBe('up\n'));
    await registry.delete(pods(), 'default', 'stubborn');
    await vi.waitFor(() => expect(podNamed(registry, 'stubborn')).toBeUndefined(), { timeout: 8000 });
    expect(livingGroups()).toEqual([]);
  });

  it('ends the processes of a pod that was forced away', async () => {
    await run('forced', { containers: [shell(`: in ${dataDir}; sleep 300`)] });
    await until('forced', running);
    await registry.delete(pods(), 'default', 'forced', { gracePeriodSeconds: 0 });
    expect(podNamed(registry, 'forced')).toBeUndefined();
    await vi.waitFor(() => expect(livingGroups()).toEqual([]), { timeout: 8000 });
  });
});

describe('startProcessKubelet: configuration', () => {
  it('names the missing secret and key, and starts when they come', async () => {
    const valueFrom = { secretKeyRef: { name: 'login', key: 'password' } };
    await run('needs', { containers: [shell('echo $PASSWORD', { env: [{ name: 'PASSWORD', valueFrom }] })] });
    const waiting = (message: string) => (one: Pod) =>
      one.status?.containerStatuses?.[0]?.state?.waiting?.message === message;
    const pod = await until('needs', waiting('secret "login" not found'));
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CreateContainerConfigError');
    await create(registry, 'Secret', 'secrets', { metadata: { name: 'login' }, data: {} });
    await until('needs', waiting("couldn't find key password in Secret default/login"));
    const secrets = resourceOf(registry, 'secrets');
    const data = { password: Buffer.from('s3cret').toString('base64') };
    await registry.update(secrets, 'default', 'login', (one) => ({ ...one, data }));
    await until('needs', ended);
    expect(await log('needs')).toBe('s3cret\n');
  });

  it('shows volumes at their mount paths, also inside a script, and says where they lie', async () => {
    await create(registry, 'ConfigMap', 'configmaps', {
      metadata: { name: 'settings' },
      data: { 'a.txt': 'one', 'b.txt': 'two' },
    });
    await run('mounts', {
      volumes: [
        { name: 'cfg', configMap: { name: 'settings', items: [{ key: 'a.txt', path: 'deep/a' }] } },
        { name: 'me', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ],
      containers: [
        shell('cat /config/deep/a; cat "$FILE"; pwd | grep -c root', {
          env: [{ name: 'FILE', value: '/config/me/name' }],
          volumeMounts: [
            { name: 'cfg', mountPath: '/config' },
            { name: 'me', mountPath: '/config/me' },
          ],
        }),
      ],
    });
    const pod = await until('mounts', ended);
    expect(await log('mounts')).toBe('onemounts1\n');
    const said = JSON.parse(pod.metadata.annotations?.['kubelite/mounts'] ?? '{}') as Record<string, object>;
    expect(Object.keys(said['main'] ?? {})).toEqual(['/config', '/config/me']);
  });

  it('brings a mounted ConfigMap up to date', async () => {
    await create(registry, 'ConfigMap', 'configmaps', { metadata: { name: 'moving' }, data: { x: 'old' } });
    await run('fresh', {
      volumes: [{ name: 'cfg', configMap: { name: 'moving' } }],
      containers: [
        shell('until grep -q new /cfg/x; do sleep 0.05; done', {
          volumeMounts: [{ name: 'cfg', mountPath: '/cfg' }],
        }),
      ],
    });
    await until('fresh', running);
    const configMaps = resourceOf(registry, 'configmaps');
    await registry.update(configMaps, 'default', 'moving', (one) => ({ ...one, data: { x: 'new' } }));
    expect((await until('fresh', ended)).status?.phase).toBe('Succeeded');
  });

  it('waits for a volume, saying what is missing', async () => {
    await run('volume', {
      volumes: [{ name: 'cfg', configMap: { name: 'later' } }],
      containers: [shell('cat /cfg/x', { volumeMounts: [{ name: 'cfg', mountPath: '/cfg' }] })],
    });
    await vi.waitFor(() =>
      expect(eventsOf(registry, 'volume')).toContain(
        'FailedMount: MountVolume.SetUp failed for volume "cfg" : configmap "later" not found',
      ),
    );
    expect(podNamed(registry, 'volume')?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
      'ContainerCreating',
    );
    await create(registry, 'ConfigMap', 'configmaps', { metadata: { name: 'later' }, data: { x: 'here' } });
    await until('volume', ended);
    expect(await log('volume')).toBe('here');
  });

  it('takes command and environment from the table of images', async () => {
    const entry = { command: ['/bin/sh', '-c'], args: ['echo $WHO from image'], env: { WHO: 'me' } };
    writeFileSync(join(dataDir, 'images.json'), JSON.stringify({ 'example/listed': entry }));
    await run('image', { containers: [{ name: 'main', image: 'example/listed:1.2' }] });
    await until('image', ended);
    expect(await log('image')).toBe('me from image\n');
  });

  it('fails to pull an image that nobody knows and for which the pod gives no command', async () => {
    await run('unknown', { containers: [{ name: 'main', image: 'example/unknown' }] });
    const pod = await until(
      'unknown',
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff',
    );
    expect(pod.status?.phase).toBe('Pending');
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('images.json');
    await expect(log('unknown')).rejects.toThrow('is waiting to start: trying and failing to pull image');
  });
});

describe('startProcessKubelet: logs', () => {
  it('follows to the end, and gives every byte of a big log', async () => {
    const script =
      "process.stdout.write(Buffer.alloc(3e6,0xfe));setTimeout(()=>process.stdout.write('end'),300)";
    await run('big', {
      containers: [{ name: 'main', image: 'example/any', command: [process.execPath, '-e', script] }],
    });
    await until('big', running);
    const text = await log('big', { follow: true });
    expect(text.length).toBe(3e6 + 3);
    expect(text.endsWith('\xfe\xfeend')).toBe(true);
  });

  it('gives the tail, what came since, and times', async () => {
    await run('timed', { containers: [shell('echo one; sleep 1; echo two; printf three')] });
    await until('timed', ended);
    expect(await log('timed', { tailLines: 2 })).toBe('two\nthree');
    expect(await log('timed', { limitBytes: 5 })).toBe('one\nt');
    const stamped = await log('timed', { timestamps: true });
    const second = Date.parse(/\n(\S+) two/.exec(stamped)?.[1] ?? '');
    expect(await log('timed', { since: second - 300 })).toBe('two\nthree');
    expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one\n/);
  });

  it('gives the previous attempt of a container that was restarted', async () => {
    await run('prev', {
      restartPolicy: 'OnFailure',
      containers: [
        shell('echo $$$$; test -e $KUBELITE_ROOT/seen && sleep 300; touch $KUBELITE_ROOT/seen; exit 1'),
      ],
    });
    await until('prev', (one) => running(one) && one.status?.containerStatuses?.[0]?.restartCount === 1);
    const before = await log('prev', { previous: true });
    await vi.waitFor(async () => expect(await log('prev')).not.toBe(''));
    expect(before).not.toBe(await log('prev'));
    await expect(log('prev', { container: 'other' })).rejects.toThrow(
      'container other is not valid for pod prev',
    );
  });
});

describe('startProcessKubelet: taking on', () => {
  it('goes on with running containers and learns how others ended meanwhile', async () => {
    await run('goes-on', { containers: [shell('echo $$$$ >> $KUBELITE_ROOT/starts; sleep 2; exit 7')] });
    await run('meanwhile', { containers: [shell('sleep 1; exit 5')] });
    await until('goes-on', running);
    await until('meanwhile', running);
    const { uid } = podNamed(registry, 'meanwhile')?.metadata ?? { uid: 'none' };
    expect(livingGroups().join()).toContain(uid);
    await kubelet.stop();
    await vi.waitFor(() => expect(livingGroups().join()).not.toContain(uid), { timeout: 15_000 });
    kubelet = await begin();
    expect(endOf(await until('meanwhile', ended))).toMatchObject({ exitCode: 5 });
    const pod = await until('goes-on', ended);
    expect(endOf(pod)).toMatchObject({ exitCode: 7 });
    const starts = readFileSync(
      join(dataDir, 'pods', pod.metadata.uid, 'containers/main/root/starts'),
      'utf8',
    );
    expect(starts.trim().split('\n')).toHaveLength(1);
  });

  it('makes tokens anew that may have expired meanwhile', async () => {
    const sources = [{ serviceAccountToken: { path: 'token' } }];
    const script =
      'first=$(cat /t/token); echo read; until [ "$(cat /t/token)" != "$first" ]; do sleep 0.05; done';
    await run('token', {
      volumes: [{ name: 'token', projected: { sources } }],
      containers: [shell(script, { volumeMounts: [{ name: 'token', mountPath: '/t' }] })],
    });
    await until('token', running);
    await vi.waitFor(async () => expect(await log('token')).toBe('read\n'), { timeout: 15_000 });
    await kubelet.stop();
    kubelet = await begin();
    expect((await until('token', ended)).status?.phase).toBe('Succeeded');
  });

  it('calls an end nobody saw ContainerStatusUnknown and does not start again', async () => {
    await run('lost', { containers: [shell('echo $$$$ >> $KUBELITE_ROOT/starts; sleep 300')] });
    const { uid } = (await until('lost', running)).metadata;
    const container = join(dataDir, 'pods', uid, 'containers/main');
    await vi.waitFor(() => expect(readFileSync(join(container, 'root/starts'), 'utf8')).not.toBe(''));
    await kubelet.stop();
    const shim = Number.parseInt(readFileSync(join(container, 'runs/0-0/started'), 'utf8'), 10);
    process.kill(-shim, 'SIGKILL');
    // The machine lost the group without a trace: what this process, its parent, may have noted is taken away again.
    await vi.waitFor(() => expect(readFileSync(join(container, 'runs/0-0/exit'), 'utf8')).toBe('137\n'));
    rmSync(join(container, 'runs/0-0/exit'));
    kubelet = await begin();
    const pod = await until('lost', ended);
    expect(endOf(pod)).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
    expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect(readFileSync(join(container, 'root/starts'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('never starts again what the journal says was started, even when its folder was lost', async () => {
    await run('journal', { containers: [shell('sleep 300')] });
    const { uid } = (await until('journal', running)).metadata;
    const container = join(dataDir, 'pods', uid, 'containers/main');
    await kubelet.stop();
    const claim = await vi.waitFor(() => {
      const text = readFileSync(join(container, 'runs/0-0/started'), 'utf8');
      expect(text).toMatch(/^\d+ /);
      return text;
    });
    process.kill(-Number.parseInt(claim, 10), 'SIGKILL');
    await vi.waitFor(() => expect(readFileSync(join(container, 'runs/0-0/exit'), 'utf8')).toBe('137\n'));
    rmSync(container, { recursive: true });
    kubelet = await begin();
    expect(endOf(await until('journal', ended))).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });
});
