import type { Namespace } from 'kubernetes-types/core/v1.d.ts';
import { ANNOTATION, LABEL } from '../../../core/naming/naming.ts';
import { timeOf, timeText } from '../../../core/run/conditions.ts';
import { AlreadyExistsError, isOutcomeUnknown, NotFoundError } from '../../../kube/errors.ts';
import { namespaces, resourceQuotas } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import { CliError, EXIT } from '../../cliError.ts';
import { removePlace } from './removePlace.ts';

/** The namespace that a drill made, and nobody else's of that name. */
export interface Place {
  readonly namespace: string;
  readonly uid: string;
}

/** Where a drill wants to be. */
export interface WantedPlace {
  readonly namespace: string;
  /** A left-over of an earlier drill is removed first. */
  readonly leftOver: 'remove' | 'refuse';
  /** From then on this drill is surely over, ms since the epoch. */
  readonly until: number;
}

/** Pods that have not ended, at most: some times what the canaries of one moment have. */
const MOST_PODS = 20;
const QUOTA_MS = 10_000;
const LOOK_AGAIN_MS = 200;

/**
 * Makes the namespace of a drill. Refuses one that exists (exit code 3): somebody else's always, one of an earlier drill
 * unless it is to be removed.
 */
export async function makePlace(client: KubeClient, wanted: WantedPlace, clock: Clock): Promise<Place> {
  const { namespace, until } = wanted;
  await clearPlace(client, wanted, clock);
  const object: Namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: { [LABEL.drill]: 'namespace', 'pod-security.kubernetes.io/enforce': 'restricted' },
      annotations: { [ANNOTATION.drillUntil]: timeText(until) },
    },
  };
  try {
    const { metadata } = await client.create(namespaces, object);
    return { namespace, uid: metadata?.uid ?? '' };
  } catch (error) {
    if (error instanceof AlreadyExistsError) throw inUse(namespace);
    if (!isOutcomeUnknown(error)) throw error;
    return takeMade(client, object, error);
  }
}

/** After a lost answer: the namespace may be there, and be the one that was asked for. */
async function takeMade(client: KubeClient, wanted: Namespace, error: unknown): Promise<Place> {
  const namespace = wanted.metadata?.name ?? '';
  const found = await find(client, namespace);
  const until = found?.metadata?.annotations?.[ANNOTATION.drillUntil];
  if (until !== wanted.metadata?.annotations?.[ANNOTATION.drillUntil]) throw error;
  return { namespace, uid: found?.metadata?.uid ?? '' };
}

/** Bounds what can be in the namespace at once. Returns what kept it from that: a cluster that has no quotas. */
export async function boundPlace(
  client: KubeClient,
  { namespace }: Place,
  clock: Clock,
): Promise<string | undefined> {
  const name = namespace;
  try {
    await client.create(resourceQuotas, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace, name },
      spec: { hard: { pods: String(MOST_PODS) } },
    });
  } catch (error) {
    if (error instanceof NotFoundError) return 'this cluster has no resource quotas';
    throw error;
  }
  // Before it was counted once every pod is refused.
  for (const end = clock.monotonic() + QUOTA_MS; clock.monotonic() < end; await sleep(clock, LOOK_AGAIN_MS)) {
    const { status } = await client.get(resourceQuotas, { namespace, name });
    if (status?.hard !== undefined) return undefined;
  }
  return undefined;
}

async function clearPlace(client: KubeClient, wanted: WantedPlace, clock: Clock): Promise<void> {
  const { namespace } = wanted;
  const found = await find(client, namespace);
  if (found === undefined) return;
  if (found.metadata?.labels?.[LABEL.drill] !== 'namespace') throw inUse(namespace);
  if (wanted.leftOver === 'refuse') throw leftOver(found, clock);
  const removed = await removePlace(client, { namespace, uid: found.metadata.uid ?? '' }, clock);
  if (removed.kind === 'gone') return;
  throw new CliError(
    `removing namespace ${namespace} of an earlier drill: ${removed.why}; ${removed.command}`,
    EXIT.notAccepted,
  );
}

async function find(client: KubeClient, name: string): Promise<Namespace | undefined> {
  try {
    return await client.get(namespaces, { name });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function inUse(namespace: string): CliError {
  return new CliError(
    `namespace ${namespace} is in use: a drill makes a namespace of its own and removes it; name one that does not exist by --namespace`,
    EXIT.notAccepted,
  );
}

function leftOver({ metadata }: Namespace, clock: Clock): CliError {
  const name = metadata?.name ?? '';
  const until = timeOf(metadata?.annotations?.[ANNOTATION.drillUntil]);
  const isMaybeAtWork = until !== undefined && clock.now() < until;
  const what = isMaybeAtWork
    ? `is of a drill that may still be at work, until ${timeText(until)} at most`
    : 'is left over from an earlier drill';
  return new CliError(
    `namespace ${name} ${what} (made ${metadata?.creationTimestamp ?? 'at an unknown time'}): pass --yes to remove it, with all that is in it, and begin, or name another by --namespace`,
    EXIT.notAccepted,
  );
}
