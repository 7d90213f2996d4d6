import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { createKubeClient } from '../client/kubeClient.ts';
import { LANE_BUDGETS } from '../client/laneBudgets.ts';
import { configMaps } from '../resources.ts';
import { accessTo, startMisbehavingServer, type Wire } from '../testing/misbehavingServer.ts';
import { undiciTransport } from '../transport/undiciTransport.ts';
import { Election } from './election.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An API server that stores one lease and lets every create wait until it is told otherwise. */
async function serverOfOneLease() {
  let lease: Lease | undefined;
  const waiting: Wire[] = [];
  const server = await startMisbehavingServer((request, wire) => {
    if (!request.path.includes('/leases')) return void waiting.push(wire);
    if (request.method === 'GET' && !lease)
      return wire.json(404, { kind: 'Status', code: 404, reason: 'NotFound' });
    if (request.method !== 'GET') {
      const resourceVersion = String(Number(lease?.metadata?.resourceVersion ?? 0) + 1);
      const written = JSON.parse(request.body) as Lease;
      lease = { ...written, metadata: { ...written.metadata, resourceVersion } };
    }
    wire.json(200, lease);
  });
  closing.push(() => server.close());
  return { server, waiting, lease: () => lease };
}

describe('Election over HTTP', () => {
  it('renews on time while creates fill every slot that they have and none is answered', async () => {
    const { server, waiting, lease } = await serverOfOneLease();
    const client = createKubeClient({
      transport: undiciTransport(accessTo(server.url), { clock: systemClock, env: {} }),
      clock: systemClock,
      random: () => 0,
      userAgent: 'test/1',
    });
    closing.push(() => client.close());
    const creates = Array.from({ length: 100 }, (_, n) =>
      client.create(configMaps, { metadata: { namespace: 'ns', name: `c${n}` } }).catch(() => {}),
    );
    await expect.poll(() => waiting.length).toBe(LANE_BUDGETS.create);
    let renewals = 0;
    let leading: AbortSignal | undefined;
    const election = new Election({
      client,
      ref: { namespace: 'ns', name: 'endwell-operator' },
      identity: 'a',
      leaseSeconds: 3,
      clock: systemClock,
      random: () => 0,
      onStarted: (signal) => {
        leading = signal;
      },
      onStopped: async () => {},
      onRenewed: () => renewals++,
    });
    election.start();
    await expect.poll(() => renewals, { timeout: 15_000 }).toBeGreaterThanOrEqual(5);
    expect([waiting.length, leading?.aborted, election.isLeader()]).toEqual([
      LANE_BUDGETS.create,
      false,
      true,
    ]);
    await election.stop();
    expect(lease()?.spec?.holderIdentity).toBe('');
    await server.close();
    await Promise.all(creates);
  }, 30_000);
});
