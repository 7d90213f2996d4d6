import type { OMJob } from '../core/omjob/omJob.ts';
import { isOutcomeUnknown } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import { readNamed } from './readFresh.ts';
import { omJobs } from './resources.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * Stores an OMJob of a schedule, and returns it as stored. After a lost answer the one of that name with the same owner is the
 * one we made. Throws AlreadyExistsError, InvalidError and so on as the API does.
 */
export async function createOMJob(
  client: KubeClient,
  wanted: OMJob,
  options: EffectOptions = {},
): Promise<OMJob> {
  try {
    return await client.create(omJobs, wanted, withSignal(options));
  } catch (error) {
    if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
    const { namespace = '', name = '' } = wanted.metadata;
    const found = await readNamed(client, omJobs, { namespace, name }, options);
    if (found === undefined || ownerOf(found) !== ownerOf(wanted)) throw error;
    return found;
  }
}

function ownerOf({ metadata }: OMJob): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}
