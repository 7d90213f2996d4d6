import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import { boundedMessage } from '../run/status.ts';
import { nameOf, podCondition } from './podFacts.ts';

/** Why a pod has not started yet. */
export interface PendingDiagnosis {
  readonly reason: ReasonCode;
  readonly message: string;
  /** False: waiting can't mend it, so the run need not wait for its limit. */
  readonly canHeal: boolean;
}

/** What the kubelet calls a wait, and what it means. Waits that are part of every start are not in it. */
const WAITING: Readonly<Record<string, { readonly reason: ReasonCode; readonly what: string }>> = {
  ErrImagePull: { reason: 'ImagePullFailed', what: 'its image can not be pulled' },
  ImagePullBackOff: { reason: 'ImagePullFailed', what: 'its image can not be pulled' },
  ErrImageNeverPull: {
    reason: 'ImagePullFailed',
    what: 'its image is not on the node and may not be pulled',
  },
  ImageInspectError: { reason: 'ImagePullFailed', what: 'its image can not be read' },
  RegistryUnavailable: { reason: 'ImagePullFailed', what: 'the registry of its image does not answer' },
  SignatureValidationFailed: { reason: 'ImagePullFailed', what: 'the signature of its image is not valid' },
  InvalidImageName: { reason: 'InvalidImageName', what: 'the name of its image is not valid' },
  ErrInvalidImageName: { reason: 'InvalidImageName', what: 'the name of its image is not valid' },
  CreateContainerConfigError: { reason: 'ConfigError', what: 'its configuration is not complete' },
  CreateContainerError: { reason: 'ContainerCannotRun', what: 'it can not be created' },
  RunContainerError: { reason: 'ContainerCannotRun', what: 'it can not be started' },
  PreCreateHookError: { reason: 'ContainerCannotRun', what: 'it can not be created' },
  PostStartHookError: { reason: 'ContainerCannotRun', what: 'its postStart hook failed' },
  CrashLoopBackOff: { reason: 'SidecarFailed', what: 'it fails again and again, and main waits for it' },
};

/** What the scheduler says of a volume that holds the pod up, rather than of nodes. */
const VOLUME_TROUBLE = /persistentvolumeclaim|PersistentVolumeClaims|volume node affinity/;

/** Why a pod that exists has not started; undefined while it starts as it should. */
export function diagnosePending(pod: Pod): PendingDiagnosis | undefined {
  return unschedulable(pod) ?? waitingContainer(pod);
}

function unschedulable(pod: Pod): PendingDiagnosis | undefined {
  const scheduled = podCondition(pod, 'PodScheduled');
  // SchedulingGated stays for a moment after our gate is gone: that is no trouble.
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') {
    return undefined;
  }
  const said = scheduled.message ?? 'no cause given';
  return {
    reason: VOLUME_TROUBLE.test(said) ? 'VolumeError' : 'Unschedulable',
    message: boundedMessage(`pod ${nameOf(pod)} has no node: ${said}`),
    canHeal: true,
  };
}

function waitingContainer(pod: Pod): PendingDiagnosis | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const diagnosis = waiting(pod, status);
    if (diagnosis !== undefined) {
      return diagnosis;
    }
  }
  return undefined;
}

function waiting(pod: Pod, status: ContainerStatus): PendingDiagnosis | undefined {
  const { reason = '', message = '' } = status.state?.waiting ?? {};
  const meaning = WAITING[reason];
  if (meaning === undefined) {
    return undefined;
  }
  const image = meaning.reason === 'ImagePullFailed' || meaning.reason === 'InvalidImageName';
  const detail = [image ? status.image : '', message].filter((text) => text !== '').join(': ');
  return {
    reason: meaning.reason,
    message: boundedMessage(
      `container ${status.name} of pod ${nameOf(pod)} waits: ${meaning.what} (${reason}${detail === '' ? '' : `: ${detail}`})`,
    ),
    canHeal: meaning.reason !== 'InvalidImageName',
  };
}
