import { queues } from '../../actions/resources.ts';
import type { AdmissionView } from '../../core/admission/position.ts';
import type { Queue } from '../../core/queue/queue.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { demandCache } from '../cache/demandCache.ts';
import type { Api } from '../http/api.ts';

/** What places and queues are told from: all runs as the cache has them, and the queues as they are now. */
export async function admissionView(api: Api, signal: AbortSignal): Promise<AdmissionView> {
  demandCache(api);
  return {
    runs: api.feed.book.all(),
    queues: await readQueues(api, signal),
    operatorNamespace: api.operatorNamespace,
    now: api.client.serverNow(),
  };
}

/** All Queue objects. A cluster without the resource has none, and the built-in queues do. */
async function readQueues(api: Api, signal: AbortSignal): Promise<readonly Queue[]> {
  try {
    return (await api.client.listAll(queues, { signal })).items;
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
