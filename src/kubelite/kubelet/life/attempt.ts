/** One start of a container. `number` counts from 0 and is the container's restart count. Times are ms since the epoch. */
export type Attempt = RunningAttempt | EndedAttempt;

export interface RunningAttempt {
  readonly kind: 'running';
  readonly number: number;
  /** `process://…`: what the status shows as containerID. */
  readonly id: string;
  readonly startedAt: number;
}

export interface EndedAttempt {
  readonly kind: 'ended';
  readonly number: number;
  readonly id: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string | undefined;
}

/** Exit code of a container whose end nobody saw, as Kubernetes reports it. */
export const UNKNOWN_EXIT_CODE = 137;
/** Reason of a container whose end nobody saw. */
export const UNKNOWN_REASON = 'ContainerStatusUnknown';
/** Kubernetes' sentence for a container that was there and isn't any more. */
export const UNKNOWN_MESSAGE = 'The container could not be located when the pod was terminated';

/** The end of an attempt that ran and of whose end there is no trace. */
export function unknownEnd(attempt: Omit<RunningAttempt, 'kind'>, now: number): EndedAttempt {
  return {
    ...attempt,
    kind: 'ended',
    finishedAt: now,
    exitCode: UNKNOWN_EXIT_CODE,
    reason: UNKNOWN_REASON,
    message: UNKNOWN_MESSAGE,
  };
}

/** Kubernetes' reason for an end of which only the exit code is known. */
export function reasonOfExit(exitCode: number): 'Completed' | 'Error' {
  return exitCode === 0 ? 'Completed' : 'Error';
}
