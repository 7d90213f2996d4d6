import { cancelRun } from '../../../actions/cancelRun.ts';
import { deleteRun } from '../../../actions/deleteRun.ts';
import { ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { pods } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import type { Blow } from './canaries.ts';
import type { PodSeen, Sightings } from './sightings.ts';

/** Whom a blow hits. */
export interface Target {
  readonly namespace: string;
  /** Of the run. */
  readonly name: string;
  readonly uid: string;
}

/** Words for a blow; undefined for none. */
export function describeBlow(blow: Blow): string | undefined {
  switch (blow.kind) {
    case 'none':
      return undefined;
    case 'deletePod': {
      const whose = blow.stage === 'main' ? 'main pod' : 'handler pod';
      return `${blow.when} ${whose} deleted${blow.how === 'by force' ? ' by force' : ''}`;
    }
    case 'cancelRun':
      return 'run cancelled while it runs';
    case 'deleteRun':
      return 'run deleted while it runs';
    default:
      return blow satisfies never;
  }
}

/** Whether the moment for a blow has come: the pod that it is for stands there as it has to. */
export function isTime(blow: Blow, runUid: string, seen: Sightings): boolean {
  return victimOf(blow, runUid, seen) !== undefined;
}

/**
 * Strikes once, as somebody else would: a pod is deleted past Endwell, without a verdict. False when what it was for is
 * gone by then.
 */
export async function strike(
  client: KubeClient,
  blow: Blow,
  target: Target,
  seen: Sightings,
): Promise<boolean> {
  const { namespace } = target;
  try {
    switch (blow.kind) {
      case 'none':
        return true;
      case 'deletePod': {
        const victim = victimOf(blow, target.uid, seen);
        if (victim === undefined) return false;
        const force = blow.how === 'by force' ? { gracePeriodSeconds: 0 } : {};
        const preconditions = { uid: victim.uid };
        await client.delete(pods, { namespace, name: victim.name }, { ...force, preconditions });
        return true;
      }
      case 'cancelRun':
        await cancelRun(client, { ...target, by: 'endwell drill', reason: 'drill' });
        return true;
      case 'deleteRun':
        await deleteRun(client, target);
        return true;
      default:
        return blow satisfies never;
    }
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ConflictError) return false;
    throw error;
  }
}

function victimOf(blow: Blow, runUid: string, seen: Sightings): PodSeen | undefined {
  if (blow.kind === 'none') return undefined;
  const stage = blow.kind === 'deletePod' ? blow.stage : 'main';
  const isPending = blow.kind === 'deletePod' && blow.when === 'pending';
  return seen.podsOf(runUid, stage).find((pod) => (isPending ? pod.isPending : pod.isRunning));
}
