import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { readPodEvents } from '../../actions/readPodEvents.ts';
import { mainContainerName, nameOf, uidOf } from '../../core/pod/podFacts.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { withTimeLimit } from '../../ports/withTimeLimit.ts';
import { describeEvents, describeFacts, describePod } from './describePod.ts';
import { findMainPod } from './mainPod.ts';
import type { MainFacts } from './reportTask.ts';

/** As many lines as OpenMetadata's own handler shows. */
const LOG_LINES = 500;
/** Lines may be endless: what is shown stays of a size that a status can hold. */
const LOG_BYTES = 128 * 1024;
/** The status matters more: each question to the cluster is given up after so long. */
const LIMIT_MS = 15_000;

/** What diagnosing needs. */
export interface DiagnoseParts {
  /** Rejects where the cluster can't be found. */
  readonly connect: () => Promise<KubeClient>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * How the main pod ended, as text: what Endwell knows, the pod with its conditions and containers, Events, and the last 500 lines
 * of its log. Never rejects: what can't be read is said in its place.
 */
export async function diagnose(parts: DiagnoseParts, facts: MainFacts): Promise<string> {
  const lines = describeFacts(facts);
  const client = await parts.connect().catch((error: unknown) => error);
  if (!isClient(client)) return [...lines, notRead('Pod', client)].join('\n');
  try {
    return [...lines, ...(await fromCluster({ ...parts, client }, facts))].join('\n');
  } finally {
    await client.close().catch(() => {});
  }
}

interface Connected extends DiagnoseParts {
  readonly client: KubeClient;
}

async function fromCluster(parts: Connected, facts: MainFacts): Promise<string[]> {
  const found = await limited(parts, 'Pod', (signal) => findMainPod(parts.client, facts, signal));
  if ('problem' in found) return [found.problem];
  const pod = found.value;
  if (pod === undefined) return ['Pod: gone, with its Events and its log'];
  const [events, log] = await Promise.all([
    limited(parts, 'Events', (signal) => readPodEvents(parts.client, podKey(pod), { signal })),
    limited(parts, 'Log', (signal) => lastLines(parts.client, pod, signal)),
  ]);
  return [
    ...describePod(pod),
    ...('problem' in events ? [events.problem] : describeEvents(events.value)),
    ...('problem' in log ? [log.problem] : [`Log (last ${LOG_LINES} lines):`, log.value]),
  ];
}

function podKey(pod: Pod) {
  return { namespace: pod.metadata?.namespace ?? '', uid: uidOf(pod) };
}

async function limited<A>(
  { clock, signal: stop }: Connected,
  what: string,
  work: (signal: AbortSignal) => Promise<A>,
): Promise<{ readonly value: A } | { readonly problem: string }> {
  const limit = { what: 'asking the cluster', clock, limitMs: LIMIT_MS, stop };
  try {
    return { value: await withTimeLimit(limit, work) };
  } catch (error) {
    return { problem: notRead(what, error) };
  }
}

async function lastLines(client: KubeClient, pod: Pod, signal: AbortSignal): Promise<string> {
  const container = mainContainerName(pod.spec) ?? pod.spec?.containers[0]?.name ?? '';
  const ref = { namespace: pod.metadata?.namespace ?? '', name: nameOf(pod) };
  let tail = Buffer.alloc(0);
  for await (const chunk of await client.podLog(ref, { container, tailLines: LOG_LINES, signal })) {
    tail = Buffer.concat([tail, chunk]).subarray(-LOG_BYTES);
  }
  // A character that was cut at the front becomes U+FFFD.
  return tail.toString('utf8').trimEnd();
}

function notRead(what: string, error: unknown): string {
  return `${what}: not read: ${error instanceof Error ? error.message : String(error)}`;
}

function isClient(value: unknown): value is KubeClient {
  return typeof value === 'object' && value !== null && 'podLog' in value;
}
