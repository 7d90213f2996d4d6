import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { LANE_BUDGETS } from '../../../src/kube/client/laneBudgets.ts';
import { Election } from '../../../src/kube/lease/election.ts';
import { configMaps } from '../../../src/kube/resources.ts';
import { accessTo, startMisbehavingServer } from '../../../src/kube/testing/misbehavingServer.ts';
import { undiciTransport } from '../../../src/kube/transport/undiciTransport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import type { Bench } from '../benches.ts';
import { amount, percentile } from '../report.ts';

/** How slow the server is. */
const CREATE_MS = 400;
const LEASE_MS = 100;
/** The shortest lease, for the most renewals. */
const LEASE_SECONDS = 3;
const RENEWALS = 100;
/** So many callers want to create at once, many times what the lane lets through. */
const CALLERS = 10 * LANE_BUDGETS.create;

/** How late renewals of the operator's lease are while creates fill all that they may, on a slow server. */
export const lease: Bench = {
  name: 'lease',
  async measure() {
    const server = await startSlowServer();
    const client = createKubeClient({
      transport: undiciTransport(accessTo(server.url), { clock: systemClock, env: {} }),
      clock: systemClock,
      random: systemRandom,
      userAgent: 'endwell-bench',
    });
    const stop = new AbortController();
    const callers = Array.from({ length: CALLERS }, () => createUntil(client, stop.signal));
    const late = await renewals(client);
    stop.abort();
    const created = await Promise.all(callers);
    await client.close();
    await server.close();
    const what = `lease renewal late by, creates saturated (${CREATE_MS} ms each; a renewal ${LEASE_MS} ms)`;
    return [
      { what: `${what}, p50`, value: amount(percentile(late, 0.5), 'ms'), aim: '' },
      { what: `${what}, p99`, value: amount(percentile(late, 0.99), 'ms'), aim: '< 1000 ms' },
      { what: 'creates meanwhile', value: String(created.reduce((sum, count) => sum + count, 0)), aim: '' },
    ];
  },
};

/** An API server with one lease that answers everything late. */
function startSlowServer() {
  let stored: Lease | undefined;
  return startMisbehavingServer(async (request, wire) => {
    const isLease = request.path.includes('/leases');
    await new Promise((resolve) => setTimeout(resolve, isLease ? LEASE_MS : CREATE_MS));
    if (!isLease) return wire.json(201, JSON.parse(request.body));
    if (request.method === 'GET' && !stored)
      return wire.json(404, { kind: 'Status', code: 404, reason: 'NotFound' });
    if (request.method !== 'GET') {
      const resourceVersion = String(Number(stored?.metadata?.resourceVersion ?? 0) + 1);
      const written = JSON.parse(request.body) as Lease;
      stored = { ...written, metadata: { ...written.metadata, resourceVersion } };
    }
    wire.json(200, stored);
  });
}

/** Creates one object after the other; how many it made. */
async function createUntil(client: KubeClient, signal: AbortSignal): Promise<number> {
  let made = 0;
  while (!signal.aborted) {
    try {
      await client.create(configMaps, { metadata: { namespace: 'ns', name: 'c' } }, { signal });
      made += 1;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return made;
}

/** By how many ms each renewal was late. */
async function renewals(client: KubeClient): Promise<number[]> {
  const late: number[] = [];
  let enough: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const election = new Election({
    client,
    ref: { namespace: 'ns', name: 'endwell-operator' },
    identity: 'bench',
    leaseSeconds: LEASE_SECONDS,
    clock: systemClock,
    random: systemRandom,
    onStarted: () => {},
    onStopped: async () => {},
    onRenewed({ lateMs }) {
      late.push(lateMs);
      if (late.length >= RENEWALS) enough();
    },
  });
  election.start();
  await done;
  await election.stop();
  return late;
}
