import type { JobStatus } from 'kubernetes-types/batch/v1.d.ts';
import type { Phase } from '../run/run.ts';

/** How a job stands, in the five words of Kubernetes. */
export type JobState = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** How a run stands, in OpenMetadata's words. */
export type PipelineState = 'queued' | 'running' | 'success' | 'failed';

/** OpenMetadata's word for each state of a job. Nothing known of it is as if it still waits. */
const PIPELINE_STATE = {
  Pending: 'queued',
  Running: 'running',
  Succeeded: 'success',
  Failed: 'failed',
  Unknown: 'queued',
} as const satisfies Record<JobState, PipelineState>;

/** OpenMetadata's word for how a job stands. */
export function pipelineState(state: JobState): PipelineState {
  return PIPELINE_STATE[state];
}

/**
 * How a run of ours stands. A run whose handler still runs is Running, though main has ended: its end is not told yet. What
 * was cancelled or refused is Failed: OpenMetadata's five states have no word of their own for it.
 */
export function jobStateOfRun(phase: Phase | undefined): JobState {
  switch (phase) {
    case undefined:
      return 'Unknown';
    case 'Queued':
    case 'Pending':
      return 'Pending';
    case 'Running':
    case 'Exiting':
      return 'Running';
    case 'Succeeded':
      return 'Succeeded';
    case 'Failed':
    case 'Cancelled':
    case 'Refused':
      return 'Failed';
    default:
      return phase satisfies never;
  }
}

/**
 * How a batch Job stands. Its conditions decide, as only they are final: a Job with failed pods that is tried again is
 * Running, and one whose pod died silently gets its condition from the Job controller.
 */
export function jobStateOfJob(status: JobStatus | undefined): JobState {
  if (status === undefined) return 'Unknown';
  const holds = (type: string): boolean =>
    status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  if (holds('Complete') || holds('SuccessCriteriaMet')) return 'Succeeded';
  if (holds('Failed') || holds('FailureTarget')) return 'Failed';
  if ((status.active ?? 0) > 0 || (status.failed ?? 0) > 0) return 'Running';
  return (status.succeeded ?? 0) > 0 ? 'Succeeded' : 'Pending';
}
