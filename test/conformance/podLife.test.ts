import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../../src/kube/errors.ts';
import { configMaps, pods, secrets } from '../../src/kube/resources.ts';
import { endedPod, podWhen, SHELL_IMAGE, shellPod, useCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

const cluster = useCluster();

/** Creates the pod that `shellPod` makes, in a namespace of its own. */
async function start(...[name, script, change]: Parameters<typeof shellPod>) {
  const namespace = await cluster().namespace();
  const pod = shellPod(name, script, change);
  await cluster().client.create(pods, { ...pod, metadata: { ...pod.metadata, namespace } });
  return namespace;
}

const ended = (namespace: string) => endedPod(cluster().client, namespace, 'p');
const running = (namespace: string) =>
  podWhen(cluster().client, namespace, 'p', (pod) => pod.status?.phase === 'Running', 'running');

async function logOf(namespace: string, container = 'main'): Promise<string> {
  let text = '';
  for await (const chunk of await cluster().client.podLog({ namespace, name: 'p' }, { container }))
    text += Buffer.from(chunk).toString();
  return text;
}

function shell(name: string, script: string): Container {
  return { name, image: SHELL_IMAGE, command: ['/bin/sh', '-c', script] };
}

// In a command `$$` stands for one dollar sign; and the first process of a container can't kill itself.
describe('how a container ends', () => {
  it.each([
    ['exit 0', 'Succeeded', 'Completed', 0],
    ['exit 3', 'Failed', 'Error', 3],
    ["/bin/sh -c 'kill -9 $$$$'; exit $?", 'Failed', 'Error', 137],
  ])('%s is phase %s, reason %s', async (script, phase, reason, exitCode) => {
    const pod = await ended(await start('p', script));
    expect(pod.status?.phase).toBe(phase);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode, reason });
  });

  it('over its memory limit is OOMKilled, 137', async () => {
    const namespace = await start('p', 'exec tail /dev/zero', (spec) => {
      const [main] = spec.containers;
      if (main) main.resources = { limits: { memory: '32Mi' } };
    });
    const pod = await ended(namespace);
    const terminated = { exitCode: 137, reason: 'OOMKilled' };
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject(terminated);
  });

  it('keeps the message that it left', async () => {
    const pod = await ended(await start('p', 'echo -n "because of me" > /dev/termination-log; exit 1'));
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.message).toBe('because of me');
  });

  it('past activeDeadlineSeconds is Failed, DeadlineExceeded', async () => {
    const namespace = await start('p', 'sleep 600', (spec) => {
      spec.activeDeadlineSeconds = 2;
      spec.terminationGracePeriodSeconds = 1;
    });
    expect((await ended(namespace)).status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  it('of which the command does not exist can not start', async () => {
    const namespace = await start('p', 'true', (spec) => {
      spec.containers = [{ name: 'main', image: SHELL_IMAGE, command: ['/no/such/program'] }];
    });
    const pod = await ended(namespace);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: 'StartError',
      exitCode: 128,
    });
  });
});

describe('deleting a pod', () => {
  it('asks main with TERM and gives it its grace', async () => {
    const script = 'trap "echo asked; exit 0" TERM; echo up; while true; do sleep 0.1; done';
    const namespace = await start('p', script, (spec) => {
      spec.terminationGracePeriodSeconds = 60;
    });
    await eventually(async () => (await logOf(namespace).catch(() => '')).includes('up'), 'main to be up');
    await hold(namespace);
    await cluster().client.delete(pods, { namespace, name: 'p' });
    const pod = await ended(namespace);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
    await letGo(namespace);
  });

  it('kills what does not listen, after the grace', async () => {
    const namespace = await start('p', 'trap "" TERM; echo up; while true; do sleep 0.1; done', (spec) => {
      spec.terminationGracePeriodSeconds = 1;
    });
    await running(namespace);
    await eventually(async () => (await logOf(namespace).catch(() => '')).includes('up'), 'main to be up');
    await hold(namespace);
    await cluster().client.delete(pods, { namespace, name: 'p' });
    const pod = await ended(namespace);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
    await letGo(namespace);
  });

  it('runs the preStop hook before it asks with TERM', async () => {
    const onTerm = 'echo term >> /shared/order; cat /shared/order > /dev/termination-log; exit 0';
    const script = `trap "${onTerm}" TERM; echo up; while true; do sleep 0.1; done`;
    const namespace = await start('p', script, (spec) => {
      spec.terminationGracePeriodSeconds = 60;
      spec.volumes = [{ name: 'shared', emptyDir: {} }];
      const [main] = spec.containers;
      if (main === undefined) return;
      main.volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
      main.lifecycle = {
        preStop: { exec: { command: ['/bin/sh', '-c', 'echo hook >> /shared/order'] } },
      };
    });
    await eventually(async () => (await logOf(namespace).catch(() => '')).includes('up'), 'main to be up');
    await hold(namespace);
    await cluster().client.delete(pods, { namespace, name: 'p' });
    const pod = await ended(namespace);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.message).toBe('hook\nterm\n');
    await letGo(namespace);
  });

  it('by eviction says so in its status', async () => {
    const script = 'trap "exit 0" TERM; echo up; while true; do sleep 0.1; done';
    const namespace = await start('p', script);
    await eventually(async () => (await logOf(namespace).catch(() => '')).includes('up'), 'main to be up');
    await hold(namespace);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace } };
    await cluster().client.createSubresource(pods, { namespace, name: 'p' }, 'eviction', eviction);
    const pod = await ended(namespace);
    const condition = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    expect(condition).toMatchObject({ status: 'True', reason: 'EvictionByEvictionAPI' });
    await letGo(namespace);
  });

  it('that was never scheduled takes it away at once', async () => {
    const namespace = await start('p', 'true', (spec) => {
      spec.nodeSelector = { 'test.dev/none': 'such' };
    });
    await cluster().client.delete(pods, { namespace, name: 'p' });
    await expect(cluster().client.get(pods, { namespace, name: 'p' })).rejects.toThrow(NotFoundError);
  });

  /** An ended pod stays to be looked at. */
  async function hold(namespace: string) {
    const body = { metadata: { finalizers: ['test.dev/hold'] } };
    await cluster().client.patch(pods, { namespace, name: 'p' }, { type: 'merge', body });
  }

  async function letGo(namespace: string) {
    const body = { metadata: { finalizers: null } };
    await cluster().client.patch(pods, { namespace, name: 'p' }, { type: 'merge', body });
    await eventually(
      () =>
        cluster()
          .client.get(pods, { namespace, name: 'p' })
          .then(
            () => false,
            () => true,
          ),
      'the pod to be gone',
    );
  }
});

describe('several containers', () => {
  it('init containers run in order before main', async () => {
    const namespace = await start('p', 'cat /shared/order', (spec) => {
      const mount = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
      spec.volumes = [{ name: 'shared', emptyDir: {} }];
      spec.initContainers = [
        { ...shell('one', 'echo one >> /shared/order'), ...mount },
        { ...shell('two', 'echo two >> /shared/order'), ...mount },
      ];
      spec.containers = spec.containers.map((container) => ({ ...container, ...mount }));
    });
    expect((await ended(namespace)).status?.phase).toBe('Succeeded');
    expect(await logOf(namespace)).toBe('one\ntwo\n');
  });

  it('an init container that fails ends the pod, and main never starts', async () => {
    const namespace = await start('p', 'true', (spec) => {
      spec.initContainers = [shell('one', 'exit 4')];
    });
    const pod = await ended(namespace);
    expect(pod.status?.phase).toBe('Failed');
    expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toBeUndefined();
  });

  it('a native sidecar starts before main and ends after it, and holds nothing open', async () => {
    const namespace = await start('p', 'sleep 1', (spec) => {
      const script = 'trap "exit 0" TERM; while true; do sleep 0.1; done';
      spec.initContainers = [{ ...shell('side', script), restartPolicy: 'Always' }];
    });
    const pod = await ended(namespace);
    const side = pod.status?.initContainerStatuses?.[0]?.state?.terminated;
    const main = pod.status?.containerStatuses?.[0]?.state?.terminated;
    expect(pod.status?.phase).toBe('Succeeded');
    expect(side?.exitCode).toBe(0);
    expect(Date.parse(side?.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(main?.startedAt ?? ''));
    expect(Date.parse(side?.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(main?.finishedAt ?? ''));
  });

  it('the pod fails when one of two containers fails, after both ended', async () => {
    const namespace = await start('p', 'sleep 1', (spec) => {
      spec.containers = [...spec.containers, shell('other', 'exit 2')];
    });
    const pod = await ended(namespace);
    const codes = pod.status?.containerStatuses?.map(
      ({ name, state }) => `${name} ${state?.terminated?.exitCode}`,
    );
    expect(pod.status?.phase).toBe('Failed');
    expect(codes?.sort()).toEqual(['main 0', 'other 2']);
  });
});

describe('what a container is given', () => {
  it('values, references, and expansion in its environment', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'c', namespace }, data: { colour: 'red' } });
    await client.create(secrets, { metadata: { name: 's', namespace }, stringData: { key: 'hidden' } });
    const pod = shellPod('p', 'echo $A $B $C $D $E_colour $F', (spec) => {
      const [main] = spec.containers;
      if (main === undefined) return;
      main.env = [
        { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'colour' } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'D', value: '<$(A)-$(NONE)-$$(A)>' },
        { name: 'F', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      ];
      main.resources = { limits: { memory: '64Mi' } };
      main.envFrom = [{ prefix: 'E_', configMapRef: { name: 'c' } }];
    });
    await client.create(pods, { ...pod, metadata: { name: 'p', namespace } });
    await ended(namespace);
    expect(await logOf(namespace)).toBe('red hidden p <red-$(NONE)-$(A)> red 64\n');
  });

  it('files from a ConfigMap, a Secret and the downward API, at their paths', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'c', namespace }, data: { colour: 'red' } });
    await client.create(secrets, { metadata: { name: 's', namespace }, stringData: { key: 'hidden' } });
    const pod = shellPod('p', 'cat /in/c/colour /in/s/deep/key /in/d/name', (spec) => {
      spec.volumes = [
        { name: 'c', configMap: { name: 'c' } },
        { name: 's', secret: { secretName: 's', items: [{ key: 'key', path: 'deep/key' }] } },
        { name: 'd', downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ];
      const [main] = spec.containers;
      if (main) main.volumeMounts = ['c', 's', 'd'].map((name) => ({ name, mountPath: `/in/${name}` }));
    });
    await client.create(pods, { ...pod, metadata: { name: 'p', namespace } });
    await ended(namespace);
    expect(await logOf(namespace)).toBe('redhiddenp');
  });
});

describe('a projected volume', () => {
  it('holds files of several sources, and a token of the service account', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'c', namespace }, data: { colour: 'red' } });
    await client.create(secrets, { metadata: { name: 's', namespace }, stringData: { key: 'hidden' } });
    const sources = [
      { configMap: { name: 'c' } },
      { secret: { name: 's', items: [{ key: 'key', path: 'deep/key' }] } },
      { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { configMap: { name: 'none', optional: true } },
      { serviceAccountToken: { path: 'token', audience: 'test', expirationSeconds: 600 } },
    ];
    const pod = shellPod('p', 'cd /in; cat colour deep/key name; echo; cat token', (spec) => {
      spec.volumes = [{ name: 'all', projected: { sources } }];
      const [main] = spec.containers;
      if (main) main.volumeMounts = [{ name: 'all', mountPath: '/in' }];
    });
    await client.create(pods, { ...pod, metadata: { name: 'p', namespace } });
    await ended(namespace);
    const [files, token = ''] = (await logOf(namespace)).split('\n');
    expect(files).toBe('redhiddenp');
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: `system:serviceaccount:${namespace}:default`, aud: ['test'] });
  });
});

describe('a pod that can not start', () => {
  it('says which key of which Secret is missing', async () => {
    const namespace = await start('p', 'true', (spec) => {
      const [main] = spec.containers;
      if (main) main.env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'nosuch', key: 'k' } } }];
    });
    const pod = await podWhen(
      cluster().client,
      namespace,
      'p',
      (seen) => seen.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
      'waiting for its configuration',
    );
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('secret "nosuch" not found');
  });

  it('says that its image can not be had', async () => {
    const namespace = await start('p', 'true', (spec) => {
      spec.containers = [{ name: 'main', image: 'registry.invalid/no/such:1' }];
    });
    const pod = await podWhen(
      cluster().client,
      namespace,
      'p',
      (seen) =>
        /ErrImagePull|ImagePullBackOff/.test(
          seen.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '',
        ),
      'waiting for its image',
    );
    expect(pod.status?.phase).toBe('Pending');
  });

  it('says why no node takes it', async () => {
    const namespace = await start('p', 'true', (spec) => {
      spec.nodeSelector = { 'test.dev/none': 'such' };
    });
    const pod = await podWhen(
      cluster().client,
      namespace,
      'p',
      (seen) => seen.status?.conditions?.some(({ reason }) => reason === 'Unschedulable') ?? false,
      'unschedulable',
    );
    const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(condition?.message).toMatch(
      /^0\/\d+ nodes are available: .*node\(s\) didn't match Pod's node affinity\/selector/,
    );
  });
});
