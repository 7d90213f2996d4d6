import { describe, expect, it } from 'vitest';
import { InvalidError, NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { endedPod, podWhen, shellPod, useCluster } from '../support/cluster.ts';

const cluster = useCluster();

async function gated() {
  const namespace = await cluster().namespace();
  const pod = shellPod('p', 'true', (spec) => {
    spec.schedulingGates = [{ name: 'test.dev/hold' }];
  });
  await cluster().client.create(pods, { ...pod, metadata: { name: 'p', namespace } });
  return namespace;
}

describe('a scheduling gate', () => {
  it('keeps the pod from every node, and the pod says so', async () => {
    const namespace = await gated();
    const pod = await podWhen(
      cluster().client,
      namespace,
      'p',
      (seen) => seen.status?.conditions?.some(({ reason }) => reason === 'SchedulingGated') ?? false,
      'gated',
    );
    expect(pod.spec?.nodeName).toBeUndefined();
    expect(pod.status?.phase).toBe('Pending');
  });

  it('once removed lets the pod run', async () => {
    const namespace = await gated();
    const body = [
      { op: 'test', path: '/spec/schedulingGates/0/name', value: 'test.dev/hold' },
      { op: 'remove', path: '/spec/schedulingGates/0' },
    ];
    await cluster().client.patch(pods, { namespace, name: 'p' }, { type: 'json', body });
    expect((await endedPod(cluster().client, namespace, 'p')).status?.phase).toBe('Succeeded');
  });

  it('can not be added afterwards', async () => {
    const namespace = await gated();
    const body = { spec: { schedulingGates: [{ name: 'test.dev/hold' }, { name: 'test.dev/more' }] } };
    const patch = cluster().client.patch(pods, { namespace, name: 'p' }, { type: 'merge', body });
    await expect(patch).rejects.toThrow(InvalidError);
  });

  it('does not hold up the deletion of the pod', async () => {
    const namespace = await gated();
    await cluster().client.delete(pods, { namespace, name: 'p' });
    await expect(cluster().client.get(pods, { namespace, name: 'p' })).rejects.toThrow(NotFoundError);
  });
});
