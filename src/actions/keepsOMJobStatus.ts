import type { OMJob } from '../core/omjob/omJob.ts';
import { omJobStatusBody } from '../core/omjob/statusOf.ts';
import type { Run } from '../core/run/run.ts';
import { initialStatus } from '../core/run/status.ts';
import type { KubeClient } from '../kube/types.ts';
import { omJobs } from './resources.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * Whether the API server would keep what we write into the status of an OMJob: the definition of OpenMetadata's chart has no
 * `status.endwell`, and drops it. Asked by a dry run, which stores nothing. Throws ConflictError when the OMJob has changed.
 */
export async function keepsOMJobStatus(
  client: KubeClient,
  omJob: Run,
  options: EffectOptions = {},
): Promise<boolean> {
  const body = omJobStatusBody(omJob, { ...initialStatus(), ...omJob.status, revision: 1 });
  const answer = await client.replace(omJobs, body as OMJob, {
    ...withSignal(options),
    subresource: 'status',
    dryRun: true,
  });
  return answer.status?.endwell?.revision === 1;
}
