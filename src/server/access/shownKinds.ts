import type { Run } from '../../core/run/run.ts';
import type { Api } from '../http/api.ts';
import type { Caller } from './access.ts';
import { demand } from './demand.ts';
import { type Right, runsRight } from './right.ts';

/** What a list or a stream is about. */
export interface KindsWish {
  readonly verb: Extract<Right['verb'], 'list' | 'watch'>;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  /** Undefined: of every kind. */
  readonly kind: Run['kind'] | undefined;
}

/**
 * The kinds of runs that a caller is shown. One that is asked for by name is refused (403) without the right on it, and where
 * this server can't see it. Where none is named, OMJobs are beside Runs for whoever may see them.
 */
export async function shownKinds(
  api: Pick<Api, 'access' | 'omJobsProblem'>,
  caller: Caller,
  { verb, namespace, kind }: KindsWish,
): Promise<ReadonlySet<Run['kind']>> {
  const right = (of: Run['kind']) => runsRight(verb, namespace, undefined, of);
  await demand(api.access, caller, [right(kind ?? 'Run')]);
  const problem = kind === 'OMJob' ? api.omJobsProblem() : undefined;
  if (problem !== undefined) throw problem;
  if (kind !== undefined) return new Set([kind]);
  return new Set(['Run', ...((await api.access.allows(caller, right('OMJob'))) ? (['OMJob'] as const) : [])]);
}
