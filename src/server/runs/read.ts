import { RUN_KINDS } from '../../actions/runKinds.ts';
import type { Routes } from '../../contract/routes.ts';
import type { RunRef } from '../../core/naming/runKey.ts';
import { runTitle } from '../../core/omjob/title.ts';
import type { Run } from '../../core/run/run.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { slim } from '../../kube/watch/store.ts';
import type { Caller } from '../access/access.ts';
import { type Right, runsRight } from '../access/right.ts';
import type { Api, Call } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';

/** Who asks, and until when. */
export interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** The run that a request names. */
export function runRefOf({ params, query }: Pick<Call<Routes['getRun']>, 'params' | 'query'>): RunRef {
  return { kind: query.kind, namespace: query.namespace, name: params.name };
}

/** A right on that run. */
export function rightOn(verb: Right['verb'], { kind, namespace, name }: RunRef): Right {
  return runsRight(verb, namespace, name, kind);
}

/** Reads a run past the cache, so that whoever has just written sees it. Refuses (404) when there is none. */
export async function readRun(api: Api, ref: RunRef, asking: Asking): Promise<Run> {
  const { resource, asRun } = RUN_KINDS[ref.kind];
  const { namespace, name } = ref;
  try {
    return slim(asRun(await api.client.get(resource, { namespace, name }, { signal: asking.signal })));
  } catch (error) {
    throw await noSuchRun(api, ref, asking, error);
  }
}

/** The refusal for a run that does not exist, naming one of the other kind that does; any other error as it is. */
export async function noSuchRun(
  api: Api,
  ref: RunRef,
  { caller }: Pick<Asking, 'caller'>,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof NotFoundError) || !isAbout(error, ref)) return error;
  const said = `${runTitle(ref)} does not exist in namespace ${ref.namespace}`;
  const other: RunRef = { ...ref, kind: ref.kind === 'Run' ? 'OMJob' : 'Run' };
  const isThere = api.feed.has(other) && (await api.access.allows(caller, rightOn('get', other)));
  const hint = isThere
    ? `; ${other.kind === 'OMJob' ? 'an OMJob' : 'a Run'} has that name: ${other.kind.toLowerCase()}/${ref.name}, over HTTP ?kind=${other.kind}`
    : '';
  return new Refusal('NotFound', `${said}${hint}`, { cause: error });
}

/** A cluster that lacks the kind OMJob has no OMJob either; one that lacks ours has not been set up. */
function isAbout({ details }: NotFoundError, { kind, name }: RunRef): boolean {
  return kind === 'OMJob' || details.name === name;
}
