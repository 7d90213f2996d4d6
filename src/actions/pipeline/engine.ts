import { cronOMJob, omJob } from '../../core/pipeline/objects/guaranteed.ts';
import { cronJob, job } from '../../core/pipeline/objects/native.ts';
import type { PipelineTiming } from '../../core/pipeline/objects/timing.ts';
import type { PipelineOccasion, PipelineWork } from '../../core/pipeline/objects/work.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { PipelineJob, PipelineSchedule } from './kinds.ts';

/** The schedule of a pipeline as the engine of the settings has it. */
export function scheduleOf(
  work: PipelineWork,
  timing: PipelineTiming,
  settings: PipelineSettings,
): PipelineSchedule {
  const { engine } = settings;
  switch (engine) {
    case 'guaranteed':
      return cronOMJob(work, timing, settings) satisfies KubeObject;
    case 'native':
      return cronJob(work, timing, settings);
    default:
      return engine satisfies never;
  }
}

/** One run as the engine of the settings has it. */
export function jobOf(
  work: PipelineWork,
  run: Extract<PipelineOccasion, { kind: 'now' }>,
  settings: PipelineSettings,
): PipelineJob {
  const { engine } = settings;
  switch (engine) {
    case 'guaranteed':
      return { engine, object: omJob(work, run, settings) };
    case 'native':
      return { engine, object: job(work, run, settings) };
    default:
      return engine satisfies never;
  }
}
