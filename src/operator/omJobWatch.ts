import { omJobs } from '../actions/resources.ts';
import type { OMJob } from '../core/omjob/omJob.ts';
import { viewOf } from '../core/omjob/view.ts';
import type { Run } from '../core/run/run.ts';
import type { KubeClient, Resource } from '../kube/types.ts';
import { createOptionalInformer, type OptionalInformer } from '../kube/watch/optionalInformer.ts';
import type { WatchScope } from '../kube/watch/reflector.ts';
import { byNamespace } from '../kube/watch/store.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { trimRun } from './trimObjects.ts';

/** Makes a watch of OMJobs, as the runs that they are; on a cluster without the kind it sees none. */
export function createOMJobWatch(
  parts: { readonly client: KubeClient; readonly clock: Clock; readonly random: Random },
  scope: WatchScope,
  onDefect: (error: unknown) => void,
): OptionalInformer<Run, 'namespace'> {
  return createOptionalInformer<Run, 'namespace'>({
    ...parts,
    // What is stored are OMJobs; what is kept of each is the run that it is.
    resource: omJobs as Resource<never>,
    scope,
    transform: (object) => trimRun(viewOf(object as unknown as OMJob)),
    indexes: { namespace: byNamespace },
    onHandlerError: onDefect,
  });
}
