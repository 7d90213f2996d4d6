import { decodeCursor, encodeCursor } from '../../contract/cursor.ts';
import type { Routes } from '../../contract/routes.ts';
import type { Run } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import { runsRight } from '../access/right.ts';
import { demandCache } from '../cache/demandCache.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { readSelector } from './readSelector.ts';

/** `GET /runs`: a page from the cache; its cost does not grow with what the cluster holds. */
export async function listRuns(api: Api, { query, caller }: Call<Routes['listRuns']>): Promise<Reply> {
  const namespace = query.allNamespaces ? undefined : query.namespace;
  await demand(api.access, caller, [runsRight('list', namespace)]);
  demandCache(api);
  const selected = readSelector(query.selector);
  const { items, next } = api.feed.book.page({
    namespace,
    matches: (run) =>
      selected(run.metadata.labels) && (query.phase === undefined || phaseOf(run) === query.phase),
    limit: query.limit,
    after: query.cursor === undefined ? undefined : readCursor(query.cursor),
  });
  return json(200, { items, nextCursor: next === undefined ? null : encodeCursor(next) });
}

function phaseOf(run: Run): string {
  return run.status?.phase ?? 'Queued';
}

function readCursor(cursor: string): string {
  const key = decodeCursor(cursor);
  if (key !== undefined) return key;
  const message = 'is no cursor: use the nextCursor of the page before, unchanged';
  throw new Refusal('BadRequest', `query.cursor ${message}`, {
    problems: [{ field: 'query.cursor', message }],
  });
}
