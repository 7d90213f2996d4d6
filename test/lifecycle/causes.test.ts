import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../../src/core/run/run.ts';
import { pods, secrets } from '../../src/kube/resources.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

async function start(spec: RunSpec) {
  const namespace = await product().namespace();
  await createRun(product().client, namespace, 'r', spec);
  return namespace;
}

const ended = (namespace: string) => endedRun(product().client, namespace, 'r');

/** A container that runs a script, as `shell` makes it for main. */
function container(script: string, change: Partial<Container> = {}): Container {
  return { ...(shell(script).spec?.containers?.[0] ?? { name: 'main' }), ...change };
}

describe('a run whose pod does not come as far as main', () => {
  it('for its init container: InitFailed, with its name and exit code', async () => {
    const initContainers = [container('exit 4', { name: 'prepare' })];
    const run = await ended(await start({ main: shell('true', { initContainers }) }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'InitFailed' });
    expect(run.status?.main?.message).toMatch(/init container prepare of pod r-m1 failed with exit code 4/);
  });

  it('for a program that is not there: ContainerCannotRun, with its name', async () => {
    const containers = [container('', { command: ['/no/such/program'], args: [] })];
    const run = await ended(await start({ main: shell('', { containers }), limits: { startSeconds: 60 } }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'ContainerCannotRun' });
    expect(run.status?.main?.message).toContain('/no/such/program');
  });

  it('for a Secret that a volume needs: said within seconds, and it goes on once somebody makes it', async () => {
    const volumes = [{ name: 'login', secret: { secretName: 'later' } }];
    const containers = [
      container('cat /login/user', { volumeMounts: [{ name: 'login', mountPath: '/login' }] }),
    ];
    const { client } = product();
    const namespace = await start({
      main: shell('', { containers, volumes }),
      limits: { startSeconds: 600 },
    });
    const held = await runWhen(client, namespace, 'r', (run) => run.status?.reason !== undefined, 'held up');
    expect(held.status).toMatchObject({ phase: 'Pending', reason: 'ConfigError' });
    expect(held.status?.message).toContain('secret "later" not found');
    await client.create(secrets, { metadata: { name: 'later', namespace }, stringData: { user: 'ann' } });
    expect((await ended(namespace)).status?.phase).toBe('Succeeded');
  });

  it('for a key that a volume names: the key, and the object that does not have it', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    await client.create(secrets, { metadata: { name: 'login', namespace }, stringData: { user: 'ann' } });
    const items = [{ key: 'password', path: 'password' }];
    const volumes = [{ name: 'login', secret: { secretName: 'login', items } }];
    const containers = [container('true', { volumeMounts: [{ name: 'login', mountPath: '/login' }] })];
    const main = shell('', { containers, volumes });
    await createRun(client, namespace, 'r', { main, limits: { startSeconds: 8 } });
    const run = await ended(namespace);
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'ConfigError' });
    expect(run.status?.main?.message).toMatch(/non-existent secret key: password \(Secret login\)/);
  });
});

describe('a run whose main is not the one to blame', () => {
  it('for a container beside it: SidecarFailed, with its name', async () => {
    const containers = [container('sleep 3; exit 3'), container('exit 7', { name: 'proxy' })];
    const run = await ended(await start({ main: shell('', { containers }) }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'SidecarFailed', exitCode: 3 });
    expect(run.status?.main?.message).toMatch(/container proxy of pod r-m1 failed with exit code 7/);
  });

  it('for the memory of a container beside it: OutOfMemory, with its name and its limit', async () => {
    const limits = { memory: '32Mi' };
    const hungry = container('exec tail /dev/zero', { name: 'cache', resources: { limits } });
    const containers = [container('sleep 6; exit 3'), hungry];
    const run = await ended(await start({ main: shell('', { containers }) }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'OutOfMemory' });
    expect(run.status?.main?.message).toMatch(/container cache .*32Mi/);
  });

  it('for its node, which its liveness probe made kill it under a memory limit: Signal, not OutOfMemory', async () => {
    const livenessProbe = { exec: { command: ['/bin/false'] }, periodSeconds: 1, failureThreshold: 1 };
    const limits = { memory: '256Mi' };
    const containers = [
      container('trap "" TERM; while :; do sleep 1; done', { livenessProbe, resources: { limits } }),
    ];
    const main = shell('', { containers, terminationGracePeriodSeconds: 1 });
    const run = await ended(await start({ main }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'Signal', exitCode: 137 });
    expect(run.status?.main?.message).toMatch(/its node said: .*liveness probe/i);
  });

  it('for a preStop hook that failed when somebody deleted its pod: PreStopFailed', async () => {
    const { client } = product();
    const lifecycle = { preStop: { exec: { command: ['/bin/false'] } } };
    const containers = [container('exec sleep 600', { lifecycle })];
    const namespace = await start({ main: shell('', { containers, terminationGracePeriodSeconds: 2 }) });
    await runWhen(client, namespace, 'r', (run) => run.status?.phase === 'Running', 'running');
    await client.delete(pods, { namespace, name: 'r-m1' });
    const run = await ended(namespace);
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'PreStopFailed' });
    expect(run.status?.main?.message).toContain('the preStop hook of container main failed');
  });
});
