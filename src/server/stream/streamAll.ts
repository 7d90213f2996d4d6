import type { Routes } from '../../contract/routes.ts';
import type { Run } from '../../core/run/run.ts';
import { runsRight } from '../access/right.ts';
import { shownKinds } from '../access/shownKinds.ts';
import { demandCache } from '../cache/demandCache.ts';
import { eventIdOf, type RunChange } from '../cache/runFeed.ts';
import type { Api, Call, Reply } from '../http/api.ts';
import { readSelector } from '../runs/readSelector.ts';
import { openStream } from './openStream.ts';
import type { SseWriter } from './sseWriter.ts';

/**
 * `GET /stream`: goes on behind Last-Event-ID where the server still has what came after it; else says `reset`, sends
 * every run that exists and then `synced`. From there on each change as it comes.
 */
export async function streamAll(
  api: Api,
  { query, headers, caller, signal }: Call<Routes['stream']>,
): Promise<Reply> {
  const namespace = query.allNamespaces ? undefined : query.namespace;
  const kinds = await shownKinds(api, caller, { verb: 'watch', namespace, kind: query.kind });
  const rights = [...kinds].map((kind) => runsRight('watch', namespace, undefined, kind));
  demandCache(api);
  const selected = readSelector(query.selector);
  const matches = (run: Run) =>
    kinds.has(run.kind) &&
    (namespace === undefined || run.metadata.namespace === namespace) &&
    selected(run.metadata.labels);
  return openStream(api, signal, {
    mayGoOn: async () =>
      (await Promise.all(rights.map((right) => api.access.allows(caller, right)))).every(Boolean),
    begin(writer) {
      const tell = (change: RunChange) => {
        if (matches(change.run)) sendChange(writer, change);
      };
      const missed =
        headers['last-event-id'] === undefined ? undefined : api.feed.since(headers['last-event-id']);
      if (missed === undefined) sendAll(api, writer, namespace, matches);
      else missed.forEach(tell);
      return api.feed.listen(tell);
    },
  });
}

function sendAll(
  api: Api,
  writer: SseWriter,
  namespace: string | undefined,
  matches: (run: Run) => boolean,
): void {
  writer.send('reset', { event: 'reset', data: '{}' });
  const all = api.feed.book.page({ namespace, matches, limit: Number.MAX_SAFE_INTEGER, after: undefined });
  for (const run of [...all.items].reverse()) sendChange(writer, { kind: 'run', run, id: eventIdOf(run) });
  const id = api.feed.lastId;
  writer.send('synced', { event: 'synced', data: '{}', ...(id === undefined ? {} : { id }) });
}

function sendChange(writer: SseWriter, { kind, run, id }: RunChange): void {
  writer.send(run.metadata.uid ?? '', { event: kind, id, data: JSON.stringify(run) });
}
