import { ALL_RUN_PODS, FINALIZER } from '../core/naming/naming.ts';
import { NotFoundError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { listPages } from './listPages.ts';
import { releaseFinalizer } from './releaseFinalizer.ts';
import { omJobs, runs } from './resources.ts';
import { type EffectOptions, targetOf } from './target.ts';

/** What was freed, and what could not be. */
export interface Released {
  /** OMJobs too. */
  readonly runs: number;
  readonly pods: number;
  /** One line for each object that kept its finalizer, with the reason. */
  readonly failures: readonly string[];
}

/**
 * Takes both finalizers of ours off every run, OMJob and run pod of a namespace, or of all: for clusters where no operator
 * runs any more. Runs that were being deleted go without their exit handler. One failure doesn't stop the rest;
 * a list that is refused does (throws).
 */
export async function finalizersRelease(
  client: KubeClient,
  scope: { readonly namespace?: string },
  options: EffectOptions = {},
): Promise<Released> {
  // A list that started again names an object twice.
  const failures = new Set<string>();
  const free = async <T extends KubeObject>(
    resource: Resource<T>,
    finalizer: string,
    labelSelector?: string,
  ) => {
    let freed = 0;
    const some = { ...scope, ...(labelSelector === undefined ? {} : { labelSelector }) };
    for await (const object of listPages(client, resource, some, options)) {
      if (!object.metadata?.finalizers?.includes(finalizer)) continue;
      const failure = await freeOne(client, resource, object, finalizer, options);
      if (failure === undefined) freed += 1;
      else failures.add(failure);
    }
    return freed;
  };
  // Pods first: a run that goes while its pod is held would leave nobody who looks after that pod.
  const freedPods = await free(pods, FINALIZER.outcome, ALL_RUN_PODS);
  const freedRuns = await free(runs, FINALIZER.exitOwed);
  const freedOMJobs = await free(omJobs, FINALIZER.exitOwed).catch((error: unknown) => {
    // Most clusters don't have the kind.
    if (error instanceof NotFoundError) return 0;
    throw error;
  });
  return { runs: freedRuns + freedOMJobs, pods: freedPods, failures: [...failures] };
}

/** undefined when the object is free (or gone); else one line that says why not. */
async function freeOne<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: EffectOptions,
): Promise<string | undefined> {
  try {
    await releaseFinalizer(client, resource, { ...targetOf(object), known: object }, finalizer, options);
    return undefined;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const { namespace, name } = targetOf(object);
    return `${resource.kind} ${namespace}/${name}: ${(error as Error).message}`;
  }
}
