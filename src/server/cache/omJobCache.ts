import { omJobs } from '../../actions/resources.ts';
import type { OMJob } from '../../core/omjob/omJob.ts';
import { viewOf } from '../../core/omjob/view.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient, Resource } from '../../kube/types.ts';
import { createOptionalInformer, type OptionalInformer } from '../../kube/watch/optionalInformer.ts';
import { slim } from '../../kube/watch/store.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Watches OMJobs, as the runs that they are; on a cluster without the kind it sees none. */
export function createOMJobCache({
  client,
  clock,
  random,
  log,
}: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}): OptionalInformer<Run> {
  return createOptionalInformer<Run>({
    client,
    // What is stored are OMJobs; what is kept of each is the run that it is.
    resource: omJobs as Resource<never>,
    transform: (object) => slim(viewOf(object as unknown as OMJob)),
    clock,
    random,
    onHandlerError: (error) => log.error('a listener of OMJobs failed', { err: error }),
  });
}
