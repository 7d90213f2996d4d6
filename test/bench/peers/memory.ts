import { setTimeout as delay } from 'node:timers/promises';
import type { Stored } from './apiClient.ts';
import type { ControlPlane } from './controlPlane.ts';
import { measureRound } from './round.ts';
import { hasCondition } from './systems/podTemplate.ts';
import { type System, titleOf } from './systems/system.ts';
import { until } from './until.ts';
import { rssMiB } from './usage.ts';

/** After so long a garbage collector has had its turn, and the API server has published the schemas. */
const REST_MS = 60_000;

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRD_SECONDS = 60;

/** Resident memory with so many ended runs kept. */
export interface Kept {
  readonly system: string;
  readonly n: number;
  readonly objectBytes: number;
  /** Of the system's own processes, MiB: with one kept, as soon as it works again with n, and a minute later. */
  readonly before: number;
  readonly after: number;
  readonly atRest: number;
  readonly apiserverAtRest: number;
}

/**
 * Ends one real run, then stores copies of it: what an ended run weighs does not depend on how it came to be. The system is
 * away meanwhile, for it would begin a copy whose status is not there yet. Measures after a start with each of the counts.
 */
export async function measureKept(
  plane: ControlPlane,
  system: System,
  counts: readonly number[],
): Promise<Kept[]> {
  const { client, processes } = plane;
  await measureRound(plane, system, 'idle', 1, { runFor: '200ms', handler: 'with handler' });
  const [sample] = (await client.call<{ items: readonly Stored[] }>('GET', system.runs)).items;
  if (sample === undefined) throw new Error('reading the run that was kept: it is gone');
  const own = () => {
    const sizes = rssMiB(processes.pids());
    return system.processes.reduce((total, name) => total + (sizes[name] ?? 0), 0);
  };
  const before = own();
  const results: Kept[] = [];
  let stored = 0;
  for (const n of counts) {
    for (const name of system.processes) await processes.end(name);
    await Promise.all(
      Array.from({ length: n - stored }, (_, index) => copy(client, system, sample, stored + index)),
    );
    stored = n;
    await system.start(plane);
    const after = own();
    await delay(REST_MS);
    const apiserverAtRest = rssMiB(processes.pids())['apiserver'] ?? Number.NaN;
    const objectBytes = JSON.stringify(sample).length;
    results.push({ system: titleOf(system), n, objectBytes, before, after, atRest: own(), apiserverAtRest });
  }
  return results;
}

async function copy(
  client: ControlPlane['client'],
  system: System,
  sample: Stored,
  index: number,
): Promise<void> {
  const name = `kept-${index}`;
  const { uid: _uid, resourceVersion: _version, ...metadata } = sample.metadata;
  const text = JSON.stringify({ ...sample, metadata: { ...metadata, managedFields: undefined } });
  const wanted = JSON.parse(text.replaceAll(sample.metadata.name, name)) as Stored;
  const created = await client.call<Stored>('POST', system.runs, wanted);
  if (!system.hasStatusSubresource) return;
  await client.call('PUT', `${system.runs}/${name}/status`, { ...created, status: wanted.status });
}

/** What the CRDs of a system cost the API server, MiB. */
export interface CrdMemory {
  readonly system: string;
  readonly rss: number;
  /** Of the memory in use after a full garbage collection: what can't be had back. */
  readonly heap: number;
}

/** Installs the CRDs of a system and waits until they are served. */
export async function installCrds(plane: ControlPlane, system: System): Promise<void> {
  for (const documents of system.crds(plane)) plane.kubectl(['apply', '-f', '-'], documents);
  await until(`the CRDs of ${titleOf(system)}`, CRD_SECONDS, async () => {
    const { items } = await plane.client.call<{ items: readonly Stored[] }>('GET', CRDS);
    return items.every((crd) => hasCondition(crd, 'Established'));
  });
}

/** Installs the CRDs of a system on a control plane on which nothing has run yet: the API server at rest before and after. */
export async function measureCrds(plane: ControlPlane, system: System): Promise<CrdMemory> {
  const look = async () => {
    await delay(REST_MS);
    const heap = await heapMiB(plane);
    return { heap, rss: rssMiB(plane.processes.pids())['apiserver'] ?? Number.NaN };
  };
  const before = await look();
  await installCrds(plane, system);
  // Whoever asks for it makes the server build the OpenAPI document that the CRDs are in: clients do.
  await plane.client.text('/openapi/v2');
  const after = await look();
  return { system: titleOf(system), rss: after.rss - before.rss, heap: after.heap - before.heap };
}

/** Bytes that live objects take, after a full collection: the server's own profile says it. */
async function heapMiB({ client }: ControlPlane): Promise<number> {
  const profile = await client.text('/debug/pprof/heap?gc=1&debug=1');
  return Number(/^# HeapAlloc = (\d+)$/m.exec(profile)?.[1] ?? Number.NaN) / 2 ** 20;
}
