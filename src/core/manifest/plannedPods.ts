import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Run, RunTemplate } from '../run/run.ts';
import { exitPod } from './exitPod.ts';
import { mainPod } from './mainPod.ts';

/** A pod that a run would have, and the field of the run that it was made from. */
export interface PlannedPod {
  readonly field: 'spec.main' | 'spec.exitHandler';
  readonly pod: Pod;
}

/** The pods of a run's first attempts, as they would be created: what a dry run asks about before anything is stored. */
export function plannedPods(run: Run, template: RunTemplate): PlannedPod[] {
  const main: PlannedPod = { field: 'spec.main', pod: mainPod(run, template, 1) };
  return template.exitHandler === undefined
    ? [main]
    : [main, { field: 'spec.exitHandler', pod: exitPod(run, template, 1) }];
}
