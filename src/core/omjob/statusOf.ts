import { conditionOf } from '../run/conditions.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { lastAttempt } from '../run/status.ts';
import type { OMJobPhase, OMJobStatus } from './omJob.ts';

const PHASES = {
  Queued: 'Pending',
  Pending: 'Pending',
  Running: 'Running',
  Exiting: 'ExitHandlerRunning',
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Cancelled: 'Failed',
  Refused: 'Failed',
} as const satisfies Record<RunStatus['phase'], OMJobPhase>;

/**
 * The status of an OMJob that says what that of its run says. The phase is main's: a handler that ends well hides no failure,
 * and one that fails makes none (condition ExitHandled tells of it).
 */
export function omJobStatusOf(status: RunStatus): OMJobStatus {
  const last = lastAttempt(status);
  const finished = conditionOf(status, 'Finished');
  const message = messageOf(status);
  const { acceptedAt } = status.timeline;
  const exitCode = status.main === undefined ? last?.exitCode : status.main.exitCode;
  const reason = status.main?.reason ?? status.reason;
  return {
    phase: PHASES[status.phase],
    ...(last === undefined ? {} : { mainPodName: last.podName }),
    ...(status.exit?.podName === undefined ? {} : { exitHandlerPodName: status.exit.podName }),
    ...(message === undefined ? {} : { message }),
    ...(acceptedAt === undefined ? {} : { startTime: acceptedAt }),
    ...(finished?.status === 'True' ? { completionTime: finished.lastTransitionTime } : {}),
    ...(exitCode === undefined ? {} : { mainPodExitCode: exitCode }),
    ...(reason === undefined ? {} : { mainReason: reason }),
    ...(status.exit?.exitCode === undefined ? {} : { exitHandlerExitCode: status.exit.exitCode }),
    ...(status.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
    conditions: status.conditions,
    endwell: status,
  };
}

/** What a status update sends: the API server takes the rest from what it has. */
export function omJobStatusBody({ apiVersion, kind, metadata }: Run, status: RunStatus): object {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { namespace, name, uid, resourceVersion },
    status: omJobStatusOf(status),
  };
}

function messageOf(status: RunStatus): string | undefined {
  const waits = conditionOf(status, 'Admitted');
  return status.message ?? (status.phase === 'Queued' ? waits?.message : undefined) ?? spoken(status);
}

/** Where the run has nothing to add, what OpenMetadata's operator would say. */
function spoken(status: RunStatus): string | undefined {
  const name = lastAttempt(status)?.podName;
  return status.phase === 'Running' && name !== undefined ? `Main pod ${name} is running` : undefined;
}
