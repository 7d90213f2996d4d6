import { cronSchedule } from '../cronSchedule.ts';
import type { IngestionPipeline } from '../entity.ts';

/** When a pipeline runs by itself. */
export interface PipelineTiming {
  /** Five fields. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly suspend: boolean;
}

/**
 * When a pipeline runs by itself; undefined where it runs on demand only. OpenMetadata's default of `enabled` is true, so
 * only one that says no is suspended.
 */
export function pipelineTiming(pipeline: IngestionPipeline): PipelineTiming | undefined {
  const schedule = cronSchedule(pipeline.airflowConfig?.scheduleInterval);
  if (schedule === undefined) return undefined;
  return {
    schedule,
    timeZone: pipeline.airflowConfig?.pipelineTimezone?.trim() || 'UTC',
    suspend: pipeline.enabled === false,
  };
}
