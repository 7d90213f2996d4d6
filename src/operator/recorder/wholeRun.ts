import { readRun } from '../../actions/runKinds.ts';
import { type EffectOptions, targetOf } from '../../actions/target.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient } from '../../kube/types.ts';
import { slim } from '../../kube/watch/store.ts';
import type { HistoryStore } from '../../store/types.ts';

/** Whether the cache has left out the pods that the run asked for, as it does of runs that have ended. */
export function isTrimmed(run: Run): boolean {
  return isTerminal(run.status?.phase) && Object.keys(run.spec.main).length === 0;
}

/** The run with the pods that an earlier state of it asked for; they never change. */
export function withPodsOf(run: Run, earlier: Run | undefined): Run {
  if (earlier === undefined || !isTrimmed(run) || isTrimmed(earlier)) return run;
  const { main, exitHandler } = earlier.spec;
  return { ...run, spec: { ...run.spec, main, ...(exitHandler === undefined ? {} : { exitHandler }) } };
}

/** The run as history is to hold it: where the cache trimmed it, with what the cluster or else the history itself has. */
export async function wholeRun(
  parts: { readonly client: KubeClient; readonly history: HistoryStore },
  run: Run,
  options: EffectOptions,
): Promise<Run> {
  if (!isTrimmed(run)) return run;
  const stored = await parts.history.get(run.metadata.uid ?? '');
  const known = withPodsOf(run, stored?.run);
  if (!isTrimmed(known)) return known;
  const fresh = await readRun(parts.client, { ...targetOf(run), kind: run.kind }, options);
  return withPodsOf(run, fresh && slim(fresh));
}
