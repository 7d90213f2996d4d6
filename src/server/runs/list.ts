import { decodeCursor, encodeCursor } from '../../contract/cursor.ts';
import type { Routes } from '../../contract/routes.ts';
import type { Run } from '../../core/run/run.ts';
import { shownKinds } from '../access/shownKinds.ts';
import { demandCache } from '../cache/demandCache.ts';
import { listWithHistory, readPlace } from '../history/listWithHistory.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { readSelector } from './readSelector.ts';

type ListQuery = Call<Routes['listRuns']>['query'];

/** `GET /runs`: a page from the cache; its cost does not grow with what the cluster holds. With `history` also what it held. */
export async function listRuns(api: Api, { query, caller }: Call<Routes['listRuns']>): Promise<Reply> {
  const namespace = query.allNamespaces ? undefined : query.namespace;
  const kinds = await shownKinds(api, caller, { verb: 'list', namespace, kind: query.kind });
  demandCache(api);
  const selected = readSelector(query.selector);
  const matches = (run: Run) =>
    kinds.has(run.kind) &&
    selected(run.metadata.labels) &&
    (query.phase === undefined || phaseOf(run) === query.phase);
  if (query.history) return json(200, await withHistory(api, query, namespace, matches));
  const { items, next } = api.feed.book.page({
    namespace,
    matches,
    limit: query.limit,
    after: query.cursor === undefined ? undefined : readCursor(query.cursor),
  });
  return json(200, {
    items: items.map((run) => ({ ...run, source: 'cluster' })),
    nextCursor: next === undefined ? null : encodeCursor(next),
  });
}

async function withHistory(
  api: Api,
  { phase, limit, cursor }: ListQuery,
  namespace: string | undefined,
  matches: (run: Run) => boolean,
) {
  if (api.stores === undefined) {
    const message = 'can not be given: this server has no history (endwell server --database-url)';
    throw new Refusal('BadRequest', `query.history ${message}`, {
      problems: [{ field: 'query.history', message }],
    });
  }
  const place = cursor === undefined ? {} : (readPlace(readCursor(cursor)) ?? notACursor());
  return listWithHistory(api.feed, api.stores.history, { namespace, phase, matches, limit, place });
}

function phaseOf(run: Run): string {
  return run.status?.phase ?? 'Queued';
}

function readCursor(cursor: string): string {
  const key = decodeCursor(cursor);
  return key ?? notACursor();
}

function notACursor(): never {
  const message = 'is no cursor: use the nextCursor of the page before, unchanged';
  throw new Refusal('BadRequest', `query.cursor ${message}`, {
    problems: [{ field: 'query.cursor', message }],
  });
}
