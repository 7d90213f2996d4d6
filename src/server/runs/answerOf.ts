import { readNamed } from '../../actions/readFresh.ts';
import { runs } from '../../actions/resources.ts';
import type { Run } from '../../core/run/run.ts';
import { slim } from '../../kube/watch/store.ts';
import type { Caller } from '../access/access.ts';
import { runsRight } from '../access/right.ts';
import { type Api, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { type Decided, decisionOf } from './decisionOf.ts';

/** Whoever asked for a run, for as long as it is there. */
export interface Asker {
  readonly caller: Caller;
  /** Aborted when the caller has gone away. */
  readonly signal: AbortSignal;
}

/** Waits for the leader's word on a stored run, at most `acceptMs`, and answers from it: 201, 200, 202, 409, 422, 429. */
export async function answerOnceDecided(api: Api, asker: Asker, stored: Run): Promise<Reply> {
  const { uid = '' } = stored.metadata;
  const decided = await api.feed.waitFor(uid, isDecided, api.acceptMs, api.clock);
  return answerOf(api, asker, decided ?? stored);
}

function isDecided(run: Run): boolean {
  return decisionOf(run).kind !== 'undecided';
}

async function answerOf(api: Api, asker: Asker, run: Run): Promise<Reply> {
  const decision = decisionOf(run);
  switch (decision.kind) {
    case 'accepted':
      return json(201, slim(run));
    case 'undecided':
      return json(202, slim(run));
    case 'joined':
      return json(200, (await joinedRun(api, asker, run, decision.run)) ?? slim(run));
    case 'refused':
      throw refusalFor(api, decision);
    default:
      return decision satisfies never;
  }
}

/** The run that does the work. Undefined when it is gone by now, or the caller may not read it: then its name must do. */
async function joinedRun(
  api: Api,
  { caller, signal }: Asker,
  { metadata }: Run,
  name: string,
): Promise<Run | undefined> {
  const { namespace = '' } = metadata;
  if (!(await api.access.allows(caller, runsRight('get', namespace, name)))) return undefined;
  const run = await readNamed(api.client, runs, { namespace, name }, { signal });
  return run && slim(run);
}

function refusalFor(api: Api, refused: Extract<Decided, { kind: 'refused' }>): Refusal {
  const { code, detail, retryAt, other } = refused;
  return new Refusal(code, detail, {
    ...(other === undefined ? {} : { run: other }),
    ...(retryAt === undefined
      ? {}
      : { retryAt, retryAfterSeconds: secondsUntil(retryAt, api.client.serverNow()) }),
  });
}

/** Whole seconds from now to a time, at least 1: sooner is never worth a try. */
function secondsUntil(time: string, now: number): number {
  return Math.max(1, Math.ceil((Date.parse(time) - now) / 1000));
}
