import { FINALIZER } from '../core/naming/naming.ts';
import type { Run } from '../core/run/run.ts';
import type { KubeClient } from '../kube/types.ts';
import { RUN_KINDS } from './runKinds.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/**
 * Puts the finalizer `endwell.dev/exit-owed` on a run that was created without it, and returns the run as stored.
 * Throws ConflictError when the run has changed since it was read.
 */
export async function holdRun(client: KubeClient, run: Run, options: EffectOptions = {}): Promise<Run> {
  const before = run.metadata.finalizers ?? [];
  if (before.includes(FINALIZER.exitOwed)) return run;
  const { uid, resourceVersion } = run.metadata;
  // uid and resourceVersion are preconditions: a list can't be merged, so it must be the list that we read.
  const body = { metadata: { uid, resourceVersion, finalizers: [...before, FINALIZER.exitOwed] } };
  const { resource, asRun } = RUN_KINDS[run.kind];
  return asRun(
    await client.patch(resource, refOf(targetOf(run)), { type: 'merge', body }, withSignal(options)),
  );
}
