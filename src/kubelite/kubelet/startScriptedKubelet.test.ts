import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type VirtualClock, virtualClock } from '../../ports/testing/virtualClock.ts';
import { startScheduler } from '../scheduler/startScheduler.ts';
import type { Registry } from '../types.ts';
import type { PodScript } from './scripted/podScript.ts';
import { type ScriptedKubelet, startScriptedKubelet } from './startScriptedKubelet.ts';
import { readLog } from './testing/readLog.ts';
import { create, eventsOf, podNamed, resourceOf, silentLog, testRegistry } from './testing/testRegistry.ts';

let clock: VirtualClock;
let registry: Registry;
let kubelet: ScriptedKubelet;
let scheduler: { stop(): void };
let scripts: Record<string, PodScript>;

beforeEach(async () => {
  clock = virtualClock(Date.parse('2030-01-01T00:00:00Z'));
  registry = await testRegistry(clock);
  scripts = {};
  const script = (pod: { metadata: { name: string } }) => scripts[pod.metadata.name] ?? {};
  kubelet = await startScriptedKubelet({ registry, clock, random: () => 0.5, log: silentLog, script });
  scheduler = startScheduler({ registry, clock, log: silentLog });
});

afterEach(async () => {
  scheduler.stop();
  await kubelet.stop();
});

async function run(name: string, script: PodScript, spec: object = {}, metadata: object = {}): Promise<void> {
  scripts[name] = script;
  const containers = [{ name: 'main', image: 'example/any' }];
  await create(registry, 'Pod', 'pods', {
    metadata: { name, ...metadata },
    spec: { restartPolicy: 'Never', containers, ...spec },
  });
  await clock.settle();
}

const status = (name: string) => podNamed(registry, name)?.status;
const main = (name: string) => status(name)?.containerStatuses?.[0];
const condition = (name: string, type: string) => {
  const found = status(name)?.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason ?? ''}`.trim();
};

describe('startScriptedKubelet: a life', () => {
  it('goes from Pending through Running to Succeeded in virtual time', async () => {
    await run('p', { others: { pullMs: 2000, runMs: 5000, exitCodes: [0] } });
    expect(status('p')?.phase).toBe('Pending');
    expect(main('p')?.state?.waiting?.reason).toBe('ContainerCreating');
    await clock.advance(2000);
    expect(status('p')?.phase).toBe('Running');
    expect(condition('p', 'Ready')).toBe('True');
    await clock.advance(5000);
    expect(status('p')?.phase).toBe('Succeeded');
    expect(condition('p', 'Ready')).toBe('False PodCompleted');
    expect(main('p')?.state?.terminated).toMatchObject({
      exitCode: 0,
      startedAt: '2030-01-01T00:00:02Z',
      finishedAt: '2030-01-01T00:00:07Z',
    });
    expect(eventsOf(registry, 'p')).toContain('Pulling: Pulling image "example/any"');
  });

  it('doubles the back-off of a container that keeps failing, from 10 s', async () => {
    await run('p', { others: { runMs: 1000, exitCodes: [1] } }, { restartPolicy: 'Always' });
    const starts: number[] = [];
    for (let second = 0; second < 80; second++) {
      await clock.advance(1000);
      const count = main('p')?.restartCount ?? 0;
      if (count > starts.length) starts.push(second + 1);
    }
    expect(starts).toEqual([1, 12, 33, 74]);
    expect(main('p')?.state?.waiting?.message).toContain('back-off 1m20s restarting failed container=main');
  });

  it('shows a failed pull, then its back-off, and tries again', async () => {
    await run('p', { others: { imageError: 'no such thing' } });
    expect(main('p')?.state?.waiting).toEqual({ reason: 'ErrImagePull', message: 'no such thing' });
    await clock.advance(2000);
    expect(main('p')?.state?.waiting?.reason).toBe('ImagePullBackOff');
    await clock.advance(8000);
    expect(main('p')?.state?.waiting?.reason).toBe('ErrImagePull');
    expect(status('p')?.phase).toBe('Pending');
  });

  it('is put out by its node: Failed, Evicted, with the condition that says so', async () => {
    const message = 'The node was low on resource: memory.';
    await run('p', { others: { runMs: 'hang' }, evict: { afterMs: 3000, message } });
    await clock.advance(3000);
    expect(status('p')).toMatchObject({ phase: 'Failed', reason: 'Evicted', message });
    expect(condition('p', 'DisruptionTarget')).toBe('True TerminationByKubelet');
  });

  it('reports out of memory', async () => {
    await run('p', { others: { runMs: 10, outOfMemory: true } });
    await clock.advance(10);
    expect(main('p')?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('keeps the phase Running until the sidecar has ended', async () => {
    const side = { name: 'side', image: 'example/side', restartPolicy: 'Always' };
    const onTerm = { afterMs: 4000, exitCode: 0 };
    await run(
      'p',
      { containers: { side: { runMs: 'hang', onTerm }, main: { runMs: 1000 } } },
      { initContainers: [side] },
    );
    await clock.advance(1000);
    expect(main('p')?.state?.terminated?.exitCode).toBe(0);
    expect(status('p')?.phase).toBe('Running');
    await clock.advance(4000);
    expect(status('p')?.phase).toBe('Succeeded');
    expect(status('p')?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  });
});

describe('startScriptedKubelet: deletion', () => {
  const pods = () => resourceOf(registry, 'pods');

  it('kills what ignores TERM at the end of the grace, and then the object goes', async () => {
    await run('p', { others: { runMs: 'hang', onTerm: 'ignore' } });
    await registry.delete(pods(), 'default', 'p', { gracePeriodSeconds: 20 });
    await clock.advance(19_000);
    expect(main('p')?.state?.running).toBeDefined();
    await clock.advance(1_000);
    expect(podNamed(registry, 'p')).toBeUndefined();
  });

  it('keeps a pod with a finalizer, ended', async () => {
    await run('p', { others: { runMs: 'hang' } }, {}, { finalizers: ['example.com/held'] });
    await registry.delete(pods(), 'default', 'p');
    await clock.advance(100);
    expect(status('p')?.phase).toBe('Failed');
    expect(main('p')?.state?.terminated?.exitCode).toBe(143);
    await registry.update(pods(), 'default', 'p', (one) => ({
      ...one,
      metadata: { ...one.metadata, finalizers: [] },
    }));
    await clock.settle();
    expect(podNamed(registry, 'p')).toBeUndefined();
  });

  it('ends a pod at once whose image is still coming, and calls that no problem', async () => {
    await run('p', { others: { pullMs: 600_000 } }, {}, { finalizers: ['example.com/held'] });
    await registry.delete(pods(), 'default', 'p');
    await clock.advance(100);
    expect(status('p')?.phase).toBe('Failed');
    expect(main('p')?.state?.running).toBeUndefined();
    expect(eventsOf(registry, 'p').filter((event) => event.includes('Failed'))).toEqual([]);
  });

  it('shortens the grace when it is asked again with less', async () => {
    await run('p', { others: { runMs: 'hang', onTerm: 'ignore' } });
    await registry.delete(pods(), 'default', 'p', { gracePeriodSeconds: 600 });
    await clock.advance(5_000);
    await registry.delete(pods(), 'default', 'p', { gracePeriodSeconds: 10 });
    await clock.advance(10_000);
    expect(podNamed(registry, 'p')).toBeUndefined();
  });

  it('deletes a pod that never started: Failed, nothing was run', async () => {
    await run('p', { others: { pullMs: 60_000 } }, {}, { finalizers: ['example.com/held'] });
    await registry.delete(pods(), 'default', 'p');
    await clock.advance(61_000);
    expect(status('p')?.phase).toBe('Failed');
    expect(eventsOf(registry, 'p')).not.toContain('Started: Started container main');
  });
});

describe('startScriptedKubelet: logs', () => {
  it('dates each line by the start, and leaves out what is older than asked for', async () => {
    await run('p', { others: { runMs: 'hang', log: 'one\ntwo\n' } });
    const at = '2030-01-01T00:00:00.000Z';
    expect(await readLog(kubelet.logs, 'p')).toBe('one\ntwo\n');
    expect(await readLog(kubelet.logs, 'p', { timestamps: true })).toBe(`${at} one\n${at} two\n`);
    expect(await readLog(kubelet.logs, 'p', { since: Date.parse(at) })).toBe('one\ntwo\n');
    expect(await readLog(kubelet.logs, 'p', { since: Date.parse(at) + 1 })).toBe('');
  });
});
