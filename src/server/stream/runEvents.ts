import { parseEventId } from '../../contract/eventId.ts';
import type { Routes } from '../../contract/routes.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import { eventIdOf, type RunChange } from '../cache/runFeed.ts';
import type { Api, Call, Reply } from '../http/api.ts';
import { readRun, rightOn, runRefOf } from '../runs/read.ts';
import { openStream } from './openStream.ts';
import type { SseWriter } from './sseWriter.ts';

/** `GET /runs/{name}/events`: the present state, then each new one, until the run has ended or is gone. */
export async function runEvents(api: Api, call: Call<Routes['runEvents']>): Promise<Reply> {
  const { headers, caller, signal } = call;
  const ref = runRefOf(call);
  const right = rightOn('watch', ref);
  await demand(api.access, caller, [right]);
  const first = await readRun(api, ref, call);
  return openStream(api, signal, {
    mayGoOn: () => api.access.allows(caller, right),
    begin: (writer, end) => follow(api, first, headers['last-event-id'], writer, end),
  });
}

function follow(
  api: Api,
  first: Run,
  lastEventId: string | undefined,
  writer: SseWriter,
  end: () => void,
): () => void {
  const uid = first.metadata.uid ?? '';
  const seen = parseEventId(lastEventId ?? '');
  let revision = seen?.uid === uid ? seen.revision : -1;
  const tell = ({ kind, run, id }: RunChange) => {
    if (run.metadata.uid !== uid) return;
    const next = run.status?.revision ?? 0;
    if (kind === 'deleted' || next > revision)
      writer.send(kind, { event: kind, id, data: JSON.stringify(run) });
    revision = Math.max(revision, next);
    if (kind === 'run' && !isTerminal(run.status?.phase)) return;
    writer.send('end', { event: 'end', data: '{}' });
    end();
  };
  const unlisten = api.feed.listen(tell);
  const now = newer(first, api.feed.byUid(uid));
  tell({ kind: 'run', run: now, id: eventIdOf(now) });
  return unlisten;
}

/** The fresh read and the cache race; the later state counts. */
function newer(read: Run, cached: Run | undefined): Run {
  return (cached?.status?.revision ?? -1) > (read.status?.revision ?? 0) && cached !== undefined
    ? cached
    : read;
}
