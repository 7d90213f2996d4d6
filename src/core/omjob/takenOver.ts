import type { Condition } from 'kubernetes-types/meta/v1.d.ts';
import { omJobExitPodName, omJobMainPodName } from '../naming/omJobNames.ts';
import type { Attempt, RunStatus } from '../run/run.ts';
import { initialStatus } from '../run/status.ts';
import type { OMJob } from './omJob.ts';
import { reasonOfExitCode } from './reasonOfExitCode.ts';

/** Stands for the UID of a pod that OpenMetadata's operator made: its status has only the name. No pod has it. */
export const UNKNOWN_UID = 'unknown';

/**
 * What OpenMetadata's operator left, as the status of a run: undefined where it had not begun. A job under way goes on
 * where it stands, with the pod that it has; one that has ended stays as it ended.
 */
export function takenOver(job: OMJob): RunStatus | undefined {
  const phase = job.status?.phase;
  switch (phase) {
    case undefined:
    case 'Pending':
      return undefined;
    case 'Running':
      return underWay(job);
    case 'ExitHandlerRunning':
      return job.status?.mainPodExitCode === undefined
        ? underWay(job)
        : handling(job, job.status.mainPodExitCode);
    case 'Succeeded':
    case 'Failed':
      return over(job, phase);
    default:
      return phase satisfies never;
  }
}

/** Its main pod is there or was: which is looked up, and how it ended is read from itself. */
function underWay(job: OMJob): RunStatus {
  return {
    ...begun(job),
    phase: 'Running',
    attempts: [attemptOf(job)],
    exit: { owed: job.spec.exitHandlerSpec !== undefined, attempts: 0 },
  };
}

/** Main has ended with this code, and its handler runs or is about to. */
function handling(job: OMJob, exitCode: number): RunStatus {
  const before = begun(job);
  const { attempt, main } = ended(job, exitCode);
  const { reason, message } = main;
  return {
    ...before,
    phase: 'Exiting',
    attempts: [attempt],
    main,
    reason,
    message,
    conditions: [...before.conditions, condition(job, 'MainFinished', reason, message)],
    exit: {
      owed: true,
      attempts: 1,
      podName: job.status?.exitHandlerPodName ?? omJobExitPodName(job.metadata.name ?? '', 1),
    },
  };
}

/** What has ended is not opened again, and its phase stays what it was called. */
function over(job: OMJob, phase: 'Succeeded' | 'Failed'): RunStatus {
  const { mainPodExitCode, mainPodName, message: said } = job.status ?? {};
  const reason = phase === 'Succeeded' ? 'Completed' : reasonOfExitCode(mainPodExitCode);
  const message = said ?? `ended as ${phase} before this operator looked after it`;
  const main = {
    outcome: phase,
    reason,
    message,
    ...(mainPodExitCode === undefined ? {} : { exitCode: mainPodExitCode }),
  };
  const attempt = { ...attemptOf(job), ...main };
  return {
    ...initialStatus(),
    phase,
    main,
    reason,
    message,
    attempts: mainPodName === undefined ? [] : [attempt],
    conditions: [condition(job, 'Finished', reason, message, job.status?.completionTime)],
    timeline: { acceptedAt: startOf(job), finishedAt: job.status?.completionTime ?? startOf(job) },
    exit: {
      owed: false,
      attempts: job.status?.exitHandlerPodName === undefined ? 0 : 1,
      ...(job.status?.exitHandlerPodName === undefined ? {} : { podName: job.status.exitHandlerPodName }),
    },
  };
}

function begun(job: OMJob): RunStatus {
  const at = startOf(job);
  return {
    ...initialStatus(),
    conditions: [
      condition(job, 'Accepted', 'TakenOver', "OpenMetadata's operator began it"),
      condition(job, 'Admitted', 'TakenOver', 'it had its main pod already'),
    ],
    timeline: { acceptedAt: at, admittedAt: at },
  };
}

function ended(job: OMJob, exitCode: number): { attempt: Attempt; main: NonNullable<RunStatus['main']> } {
  const outcome = exitCode === 0 ? 'Succeeded' : 'Failed';
  const reason = reasonOfExitCode(exitCode);
  const message = `main pod completed with exit code ${exitCode}, as OpenMetadata's operator noted`;
  const main = { outcome, exitCode, reason, message } as const;
  return { attempt: { ...attemptOf(job), ...main }, main };
}

function attemptOf(job: OMJob): Attempt {
  const podName = job.status?.mainPodName ?? omJobMainPodName(job.metadata.name ?? '', 1);
  return { number: 1, podName, podUID: UNKNOWN_UID };
}

function startOf({ metadata, status }: OMJob): string {
  return status?.startTime ?? metadata.creationTimestamp ?? new Date(0).toISOString();
}

function condition(job: OMJob, type: string, reason: string, message: string, at = startOf(job)): Condition {
  return { type, status: 'True', reason, message, lastTransitionTime: at };
}
