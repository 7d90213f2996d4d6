import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { ReasonCode } from '../../reasons/catalogue.ts';
import type { PendingDiagnosis } from '../diagnosePending.ts';
import type { Beside } from '../podEnd.ts';
import { nameOf } from '../podFacts.ts';
import { bareWords } from './bareWords.ts';
import { configRefs } from './configRefs.ts';

interface Wait {
  readonly reason: ReasonCode;
  readonly what: string;
}

const PULL = 'its image can not be pulled';

/** What the kubelet calls a wait, and what it means. Waits that are part of every start are not in it. */
const WAITS: Readonly<Record<string, Wait>> = {
  ErrImagePull: { reason: 'ImagePullFailed', what: PULL },
  ImagePullBackOff: { reason: 'ImagePullFailed', what: PULL },
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

/** What the first container that waits for something unusual waits for, init containers before the others. */
export function waitingContainer(pod: Pod, beside: Beside): PendingDiagnosis | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const diagnosis = waiting(pod, status, beside);
    if (diagnosis !== undefined) {
      return diagnosis;
    }
  }
  return undefined;
}

function waiting(pod: Pod, status: ContainerStatus, beside: Beside): PendingDiagnosis | undefined {
  const { reason = '', message = '' } = status.state?.waiting ?? {};
  const wait = Object.hasOwn(WAITS, reason) ? WAITS[reason] : undefined;
  if (wait === undefined) {
    return undefined;
  }
  const words =
    wait.reason === 'ImagePullFailed'
      ? pullWords(status, message, beside)
      : configWords(pod, status, message);
  const image = wait.reason === 'ImagePullFailed' || wait.reason === 'InvalidImageName' ? status.image : '';
  const detail = [image, bareWords(words)].filter((text) => text !== '').join(': ');
  return {
    reason: wait.reason,
    message: `container ${status.name} of pod ${nameOf(pod)} waits: ${wait.what} (${reason}${detail === '' ? '' : `: ${detail}`})`,
    canHeal: wait.reason !== 'InvalidImageName',
  };
}

/** A kubelet that could not read an object in time: whether the object exists is then not known, nor is its name said. */
const UNREAD = /failed to sync (?:secret|configmap) cache/;

/** The kubelet's words, with the objects that the container needs where they name none. */
function configWords(pod: Pod, status: ContainerStatus, message: string): string {
  const refs = UNREAD.test(message) ? configRefs(pod, status.name) : [];
  return refs.length === 0 ? message : `${message}; it needs ${refs.join(', ')}`;
}

/** Whether a container's image can't be pulled and its status does not say why, as of older kubelets. */
export function backsOffInSilence(pod: Pod): boolean {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.some(
    ({ state }) =>
      state?.waiting?.reason === 'ImagePullBackOff' && !TELLS_WHY.test(state.waiting.message ?? ''),
  );
}

/** A back-off that repeats the registry's words. */
const TELLS_WHY = /^Back-off pulling image "[^"]*": ./;

/** While it backs off, an older kubelet says only that it does; what the registry said stands in an Event. */
function pullWords(status: ContainerStatus, message: string, { events = [] }: Beside): string {
  const failure = events.findLast(
    (event) =>
      event.reason === 'Failed' &&
      event.message.startsWith('Failed to pull image') &&
      (event.container === undefined || event.container === status.name),
  );
  return failure === undefined || TELLS_WHY.test(message) ? message : failure.message;
}
