import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { GATE } from '../naming/naming.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import { boundedMessage } from '../run/status.ts';
import type { Beside } from './podEnd.ts';
import { hasAnyStarted, nameOf, podCondition } from './podFacts.ts';
import { failedStart } from './waits/failedStart.ts';
import { backsOffInSilence, waitingContainer } from './waits/waitingContainer.ts';

/** Why a pod has not started yet. */
export interface PendingDiagnosis {
  readonly reason: ReasonCode;
  readonly message: string;
  /** False: waiting can't mend it, so the run need not wait for its limit. */
  readonly canHeal: boolean;
}

/** What is asked of a pod that has not started, in this order: the first that has an answer gives the cause. */
const CAUSES: readonly ((pod: Pod, beside: Beside) => PendingDiagnosis | undefined)[] = [
  heldByGate,
  unschedulable,
  nodeUnreachable,
  waitingContainer,
  failedStart,
];

/** Why a pod that exists has not started; undefined while it starts as it should, or while nothing shows. */
export function diagnosePending(pod: Pod, beside: Beside = {}): PendingDiagnosis | undefined {
  for (const cause of CAUSES) {
    const found = cause(pod, beside);
    if (found !== undefined) {
      return { ...found, message: boundedMessage(found.message) };
    }
  }
  return undefined;
}

/**
 * Whether a pod's own status can't say what holds it up, so that its Events are worth a read: it is let through our gate,
 * and no container of it has come as far as to start or to say why it waits.
 */
export function isSilentlyPending(pod: Pod): boolean {
  const isGated = pod.spec?.schedulingGates?.some(({ name }) => name === GATE) ?? false;
  return !isGated && !hasAnyStarted(pod) && (backsOffInSilence(pod) || diagnosePending(pod) === undefined);
}

function heldByGate(pod: Pod): PendingDiagnosis | undefined {
  const gates = (pod.spec?.schedulingGates ?? []).map(({ name }) => name);
  return gates.length === 0 || gates.includes(GATE)
    ? undefined
    : {
        reason: 'Unschedulable',
        message: `pod ${nameOf(pod)} is held back by a scheduling gate that is not ours: ${gates.join(', ')}`,
        canHeal: true,
      };
}

/** What the scheduler says of a volume that holds the pod up, rather than of nodes. */
const VOLUME_TROUBLE = /persistentvolumeclaim|PersistentVolumeClaims|volume node affinity/;

function unschedulable(pod: Pod): PendingDiagnosis | undefined {
  const scheduled = podCondition(pod, 'PodScheduled');
  // SchedulingGated stays for a moment after our gate is gone: that is no trouble.
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') {
    return undefined;
  }
  const said = scheduled.message ?? 'no cause given';
  return {
    reason: VOLUME_TROUBLE.test(said) ? 'VolumeError' : 'Unschedulable',
    message: `pod ${nameOf(pod)} has no node: ${said}`,
    canHeal: true,
  };
}

function nodeUnreachable(pod: Pod, { node }: Beside): PendingDiagnosis | undefined {
  return pod.spec?.nodeName === undefined || node === undefined || node.ready
    ? undefined
    : {
        reason: 'NodeUnreachable',
        message: `node ${pod.spec.nodeName} of pod ${nameOf(pod)} does not answer`,
        canHeal: true,
      };
}
