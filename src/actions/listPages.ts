import { GoneError, NotFoundError } from '../kube/errors.ts';
import type { KubeClient, KubeList, KubeObject, ListOptions, Resource } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** Objects of one page: enough to keep round trips few, small enough for any API server. */
const PAGE = 500;

/** How often a list may start again: its version is kept for minutes, so more would mean that we never get through. */
const MAX_RESTARTS = 5;

/**
 * All objects, page by page, so that they never stand in memory at once. A list whose version expires between two pages starts
 * again: an object may come twice, in a newer form. A resource that is not served has none: its CRD is gone.
 */
export async function* listPages<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  scope: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
  options: EffectOptions = {},
): AsyncGenerator<T> {
  let restarts = 0;
  let page: KubeList<T> | undefined;
  do {
    page = await nextPage(client, resource, { ...scope, ...withSignal(options), limit: PAGE }, page).catch(
      (error: unknown) => {
        if (error instanceof NotFoundError) return undefined;
        if (!(error instanceof GoneError) || restarts >= MAX_RESTARTS) throw error;
        restarts += 1;
        return START_AGAIN;
      },
    );
    yield* page?.items ?? [];
  } while (page === START_AGAIN || page?.continueToken !== undefined);
}

/** What stands for the page before the first. */
const START_AGAIN: KubeList<never> = { items: [], resourceVersion: '', continueToken: undefined };

function nextPage<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  scope: ListOptions,
  before: KubeList<T> | undefined,
): Promise<KubeList<T>> {
  const continueToken = before?.continueToken;
  return client.list(resource, continueToken === undefined ? scope : { ...scope, continueToken });
}
