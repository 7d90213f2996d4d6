import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { readTemplate } from '../../actions/freezeTemplate.ts';
import { readPodEvents } from '../../actions/readPodEvents.ts';
import type { PodEvent } from '../../core/decide/decision.ts';
import type { LiveFacts } from '../../core/explain/explain.ts';
import { podsOfRun } from '../../core/naming/naming.ts';
import { hasEnded, nameOf, uidOf } from '../../core/pod/podFacts.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Limits, Run } from '../../core/run/run.ts';
import { KubeError } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import { describeRight, type Right } from '../access/right.ts';
import type { Api } from '../http/api.ts';
import { positionOf } from '../queues/explain.ts';

type Caller = Parameters<Api['access']['allows']>[0];

/** Who asks, and until when. */
interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/**
 * What the cluster tells of a run beside its status: its pods and their Events as far as the caller may see them, and its place
 * in its queue. What can't be had is named, and spoils nothing else.
 */
export async function liveFacts(api: Api, run: Run, asking: Asking): Promise<LiveFacts> {
  const unread: string[] = [];
  const seen = await attempt(unread, 'its pods', () => podsOf(api, run, asking));
  const events = await attempt(unread, 'the Events about its pods', () => eventsOf(api, run, seen, asking));
  const limits = await attempt(unread, 'its limits as they were frozen', () =>
    limitsOf(api, run, asking.signal),
  );
  const position = await attempt(unread, 'its place in its queue', () => positionOf(api, run));
  return {
    now: api.client.serverNow(),
    unread,
    position,
    limits,
    hasStoredLogs: api.stores !== undefined,
    ...(seen === undefined ? {} : { pods: seen }),
    ...(events === undefined ? {} : { events }),
  };
}

/** A run that has ended has none that count. */
async function limitsOf(
  api: Api,
  { metadata, status }: Run,
  signal: AbortSignal,
): Promise<Limits | undefined> {
  const { namespace = '' } = metadata;
  const name = status?.template;
  if (name === undefined || isTerminal(status?.phase)) return undefined;
  const template = await readTemplate(api.client, { namespace, name }, { signal });
  if (template === undefined) return undefined;
  // An earlier version froze this default into each template, and never applied it.
  const { initIdleSeconds: _unapplied, ...applied } = template.limits;
  return template.logs === undefined ? applied : template.limits;
}

/** Something that the caller may not see. */
class Withheld extends Error {}

async function attempt<A>(unread: string[], what: string, read: () => Promise<A>): Promise<A | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Withheld || error instanceof KubeError)) throw error;
    unread.push(`${what}: ${error.message}`);
    return undefined;
  }
}

async function podsOf(api: Api, run: Run, { caller, signal }: Asking): Promise<Pod[]> {
  const { namespace = '', uid = '' } = run.metadata;
  await mayList(api, caller, { verb: 'list', group: '', resource: 'pods', namespace });
  const { items } = await api.client.list(pods, { namespace, labelSelector: podsOfRun(uid), signal });
  return items;
}

async function eventsOf(
  api: Api,
  run: Run,
  seen: readonly Pod[] = [],
  { caller, signal }: Asking,
): Promise<Map<string, readonly PodEvent[]>> {
  const { namespace = '' } = run.metadata;
  const living = isTerminal(run.status?.phase) ? [] : seen.filter((pod) => !hasEnded(pod) && nameOf(pod));
  if (living.length > 0)
    await mayList(api, caller, { verb: 'list', group: '', resource: 'events', namespace });
  const read = living.map(
    async (pod) =>
      [uidOf(pod), await readPodEvents(api.client, { namespace, uid: uidOf(pod) }, { signal })] as const,
  );
  return new Map(await Promise.all(read));
}

async function mayList(api: Api, caller: Caller, right: Right): Promise<void> {
  if (!(await api.access.allows(caller, right))) throw new Withheld(`you may not ${describeRight(right)}`);
}
