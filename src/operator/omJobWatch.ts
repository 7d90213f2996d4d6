import { omJobs } from '../actions/resources.ts';
import type { OMJob } from '../core/omjob/omJob.ts';
import { viewOf } from '../core/omjob/view.ts';
import type { Run } from '../core/run/run.ts';
import { ForbiddenError, NotFoundError } from '../kube/errors.ts';
import type { KubeClient, Resource } from '../kube/types.ts';
import { createInformer, type Informer } from '../kube/watch/informer.ts';
import type { WatchScope } from '../kube/watch/reflector.ts';
import { byNamespace } from '../kube/watch/store.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { trimRun } from './trimObjects.ts';

/** A watch of OMJobs, as the runs that they are. */
export interface OMJobWatch {
  readonly informer: Informer<Run, 'namespace'>;
  /** True once they have been seen, or it is known that there are none to see: the cluster lacks the kind, or we may not look. */
  isSettled(): boolean;
  whenSettled(): Promise<boolean>;
}

/**
 * Makes a watch of OMJobs. A cluster without the kind costs one request that is refused now and then; once the kind is
 * there, its objects are seen without a restart.
 */
export function createOMJobWatch(
  parts: { readonly client: KubeClient; readonly clock: Clock; readonly random: Random },
  scope: WatchScope,
  onDefect: (error: unknown) => void,
): OMJobWatch {
  let isAbsent = false;
  let settle: (isThere: boolean) => void = () => {};
  const absence = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const informer = createInformer<Run, 'namespace'>({
    ...parts,
    // What is stored are OMJobs; what is kept of each is the run that it is.
    resource: omJobs as Resource<never>,
    scope,
    transform: (object) => trimRun(viewOf(object as unknown as OMJob)),
    indexes: { namespace: byNamespace },
    onError(error) {
      if (!(error instanceof NotFoundError || error instanceof ForbiddenError)) return;
      isAbsent = true;
      settle(true);
    },
    onHandlerError: onDefect,
  });
  return {
    informer,
    isSettled: () => isAbsent || informer.hasSynced(),
    whenSettled: () => Promise.race([informer.whenSynced(), absence]),
  };
}
