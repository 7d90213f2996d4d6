import type { RunRef } from '../core/naming/runKey.ts';
import { usageError } from './cliError.ts';

/** Prefixes of an argument that names a run, in the forms that kubectl and `-o name` have. */
const KINDS: ReadonlyMap<string, RunRef['kind']> = new Map([
  ['run', 'Run'],
  ['runs', 'Run'],
  ['run.endwell.dev', 'Run'],
  ['omjob', 'OMJob'],
  ['omjobs', 'OMJob'],
  ['omjob.pipelines.openmetadata.org', 'OMJob'],
]);

/** The run that an argument names: `NAME` a Run, `omjob/NAME` an OMJob of OpenMetadata. Refuses (exit code 2) another kind. */
export function readRunRef(text: string, namespace: string): RunRef {
  const [prefix, name, more] = text.split('/');
  if (name === undefined) return { kind: 'Run', namespace, name: text };
  const kind = KINDS.get(prefix?.toLowerCase() ?? '');
  if (kind !== undefined && name !== '' && more === undefined) return { kind, namespace, name };
  throw usageError(`${text} names no run: write NAME, or omjob/NAME for an OMJob`);
}

/** The argument that names this run. */
export function runArgument({ kind, name }: Pick<RunRef, 'kind' | 'name'>): string {
  return kind === 'OMJob' ? `omjob/${name}` : name;
}

/** What every route of one run takes. A server from before OMJobs is not told of a kind that it can't know. */
export function requestOf({ kind, namespace, name }: RunRef) {
  return { params: { name }, query: { namespace, ...(kind === 'OMJob' ? { kind } : {}) } };
}
