import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRestartable, hasNewLeader, restartLeader } from '../../../src/cli/commands/drill/leader.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { leases, namespaces, pods } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { Kubelite } from '../../../src/kubelite/kubelite.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/ports/clock.ts';
import { openKubelite } from '../../support/kubelite.ts';

const NAMESPACE = 'endwell-system';
const HOLDER = 'operator-1_7_abcd';

let kubelite: Kubelite;
let client: KubeClient;

beforeEach(async () => {
  kubelite = await openKubelite({ kubelet: 'none' });
  const transport = inProcessTransport(kubelite.handler);
  client = createKubeClient({ transport, clock, random, userAgent: 'endwell-test' });
  await client.create(namespaces, { metadata: { name: NAMESPACE } });
});

afterEach(() => kubelite.stop());

const makeLease = (holderIdentity: string) =>
  client.create(leases, {
    metadata: { name: 'endwell-operator', namespace: NAMESPACE },
    spec: { holderIdentity },
  });

const makePod = (isOwned: 'by a controller' | 'by nobody') =>
  client.create(pods, {
    metadata: {
      name: 'operator-1',
      namespace: NAMESPACE,
      ...(isOwned === 'by nobody'
        ? {}
        : {
            ownerReferences: [
              { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'operator', uid: 'u', controller: true },
            ],
          }),
    },
    spec: { containers: [{ name: 'operator', image: 'x' }] },
  });

describe('findRestartable', () => {
  it('finds the pod of the lease’s holder, which somebody replaces', async () => {
    await makeLease(HOLDER);
    await makePod('by a controller');
    expect(await findRestartable(client)).toMatchObject({
      kind: 'yes',
      leader: { namespace: NAMESPACE, name: 'operator-1', holder: HOLDER },
    });
  });

  it('leaves alone a pod that nobody would replace', async () => {
    await makeLease(HOLDER);
    await makePod('by nobody');
    expect(await findRestartable(client)).toMatchObject({
      kind: 'no',
      why: expect.stringContaining('no controller') as unknown,
    });
  });

  it.each([
    ['nobody leads', undefined, 'nobody holds the lease'],
    ['the lease was released', '', 'nobody holds the lease'],
    ['the leader is no pod', 'laptop_7_abcd', 'outside of the cluster'],
  ])('says why there is none where %s', async (_what, holder, why) => {
    if (holder !== undefined) await makeLease(holder);
    expect(await findRestartable(client)).toMatchObject({
      kind: 'no',
      why: expect.stringContaining(why) as unknown,
    });
  });
});

describe('restartLeader', () => {
  it('deletes that pod, and another leads only once the lease has another holder', async () => {
    const lease = await makeLease(HOLDER);
    await makePod('by a controller');
    const found = await findRestartable(client);
    if (found.kind === 'no') throw new Error(found.why);
    await restartLeader(client, found.leader);
    expect((await client.list(pods, { namespace: NAMESPACE })).items).toEqual([]);
    expect(await hasNewLeader(client, found.leader)).toBe(false);
    await client.replace(leases, { ...lease, spec: { holderIdentity: 'operator-2_9_ef01' } });
    expect(await hasNewLeader(client, found.leader)).toBe(true);
  });
});
