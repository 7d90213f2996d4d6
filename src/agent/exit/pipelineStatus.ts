import * as z from 'zod';

/** Status of one run of a pipeline as OpenMetadata's API has it; what is not named here is given back as it came. */
export const pipelineStatusSchema = z.looseObject({
  runId: z.string().nullish(),
  pipelineState: z.string().nullish(),
  /** Milliseconds since the epoch, as all its times. */
  startDate: z.number().nullish(),
  timestamp: z.number().nullish(),
  endDate: z.number().nullish(),
  /** Summaries of steps. */
  status: z.array(z.looseObject({ name: z.string() })).nullish(),
});

/** One of them. */
export type PipelineStatus = z.output<typeof pipelineStatusSchema>;

/** States that nothing follows; `stopped` is what a user asked for. */
const TERMINAL = new Set(['success', 'failed', 'partialSuccess', 'stopped']);
/** Under this name OpenMetadata shows what its own handler found. */
const STEP = 'Pod Diagnostics';

/** Whether a status is final, and must not be written over. */
export function isFinal(status: PipelineStatus): boolean {
  return TERMINAL.has(status.pipelineState ?? '');
}

/** The status of a run that OpenMetadata knows nothing of. */
export function newStatus(runId: string, startedAt: number): PipelineStatus {
  return { runId, startDate: startedAt, timestamp: startedAt };
}

/** The status at its end, with the diagnostics of a failure as one more step; those of an earlier try are replaced. */
export function endedStatus(
  status: PipelineStatus,
  end: {
    readonly state: 'success' | 'failed';
    readonly at: number;
    readonly diagnostics: string | undefined;
  },
): PipelineStatus {
  const steps = (status.status ?? []).filter(({ name }) => name !== STEP);
  return {
    ...status,
    pipelineState: end.state,
    endDate: end.at,
    ...(end.diagnostics === undefined ? {} : { status: [...steps, diagnosticsStep(end.diagnostics)] }),
  };
}

function diagnosticsStep(stackTrace: string) {
  return {
    name: STEP,
    records: 0,
    errors: 1,
    failures: [
      {
        name: 'Main Container Diagnostics',
        error: 'Kubernetes job failed - check logs for details',
        stackTrace,
      },
    ],
  };
}
