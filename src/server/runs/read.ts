import { runs } from '../../actions/resources.ts';
import type { Run } from '../../core/run/run.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { slim } from '../../kube/watch/store.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';

/** Reads a run past the cache, so that whoever has just written sees it. Refuses (404) when there is none. */
export async function readRun(api: Api, namespace: string, name: string, signal: AbortSignal): Promise<Run> {
  try {
    return slim(await api.client.get(runs, { namespace, name }, { signal }));
  } catch (error) {
    throw noSuchRun(error, namespace, name);
  }
}

/** The refusal for a run that does not exist; any other error as it is. */
export function noSuchRun(error: unknown, namespace: string, name: string): unknown {
  const isName = error instanceof NotFoundError && error.details.name === name;
  return isName
    ? new Refusal('NotFound', `run ${name} does not exist in namespace ${namespace}`, { cause: error })
    : error;
}
