/** A preStop hook that failed, as the kubelet told it of a pod that may be gone. */
export interface FailedHook {
  readonly pod: string;
  readonly message: string;
  /** When it was last told, ms since the epoch. */
  readonly at: number;
}

/** Reason of the kubelet's Event. */
export const FAILED_HOOK_EVENT = 'FailedPreStopHook';

/** Longest beginning of a generated name, the dash included: Kubernetes cuts it there and adds five characters. */
const MAX_GENERATED_BASE = 58;
const SUFFIX = /^[a-z0-9]{5}$/;

/** What the pods of pipelines that have a hook are named after: runs on demand, and those of a schedule. */
const HOOKED = ['om-job-', 'om-cronjob-'] as const;

/** Whether a pod of that name was made for a run of a pipeline on the native engine, the only one whose pods have our hook. */
export function hasPipelineHook(pod: string): boolean {
  return HOOKED.some((prefix) => pod.startsWith(prefix));
}

/** A batch Job and its time, ms since the epoch; without an end it lasts. */
export interface JobSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number | undefined;
}

/**
 * The hooks that failed in the pods of a Job, the last one first. Pods are known by their names, as they may be gone; the time
 * tells those of two Jobs apart whose names are equal where Kubernetes cuts them.
 *
 * @param graceMs how long after the Job's end its pods may still be told of
 */
export function failedHooksOf(job: JobSpan, failed: readonly FailedHook[], graceMs: number): FailedHook[] {
  const base = `${job.name}-`.slice(0, MAX_GENERATED_BASE);
  const to = job.to === undefined ? Number.POSITIVE_INFINITY : job.to + graceMs;
  return failed
    .filter(({ pod, at }) => {
      const isOfJob = pod.startsWith(base) && SUFFIX.test(pod.slice(base.length));
      return isOfJob && at >= job.from && at <= to;
    })
    .sort((one, other) => other.at - one.at);
}

/** What a failed hook means for whoever reads how a run stands; `ended` is what Kubernetes says of its end, '' for nothing. */
export function failedHookMessage({ pod, message }: FailedHook, ended: string): string {
  const because = ended === '' ? '' : ` (${ended})`;
  return `the preStop hook of pod ${pod} failed: ${message}; OpenMetadata may not have been told how this run ended${because}`;
}
