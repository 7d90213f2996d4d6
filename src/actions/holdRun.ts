import { FINALIZER } from '../core/naming/naming.ts';
import type { Run } from '../core/run/run.ts';
import type { KubeClient } from '../kube/types.ts';
import { runs } from './resources.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/**
 * Puts the finalizer `endwell.dev/exit-owed` on a run that was created without it, and returns the run as stored.
 * Throws ConflictError (or InvalidError, where a test of the patch failed) when the run has changed since it was read.
 */
export async function holdRun(client: KubeClient, run: Run, options: EffectOptions = {}): Promise<Run> {
  const before = run.metadata.finalizers ?? [];
  if (before.includes(FINALIZER.exitOwed)) return run;
  const body = [
    { op: 'test', path: '/metadata/uid', value: run.metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: run.metadata.resourceVersion },
    { op: 'add', path: '/metadata/finalizers', value: [...before, FINALIZER.exitOwed] },
  ];
  return client.patch(runs, refOf(targetOf(run)), { type: 'json', body }, withSignal(options));
}
