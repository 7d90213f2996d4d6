import { queueNameOf } from '../core/admission/demand.ts';
import { runKeyName } from '../core/naming/runKey.ts';
import { DEFAULT_PROFILE } from '../core/profile/builtInProfiles.ts';
import type { Phase, Run } from '../core/run/run.ts';
import { StoreRefused } from './errors.ts';
import type { StatusRow } from './types.ts';

/** What history keeps of a run, and the columns that it is found by. */
export interface RunFacts {
  readonly run: Run;
  readonly uid: string;
  readonly namespace: string;
  /** As in the key of the run (`runKeyName`), so that the runs of one kind don't answer to the names of another's. */
  readonly name: string;
  readonly createdAt: number;
  readonly profile: string;
  readonly queue: string;
  readonly phase: Phase;
  readonly revision: number;
  /** When main and handler were done, undefined while they are not. */
  readonly finishedAt: number | undefined;
  readonly deletedAt: number | undefined;
  readonly at: number;
}

/** Facts of a row; refuses an object that no API server would hold (no UID, no name, no time of creation). */
export function factsOf({ run, at, deletedAt }: StatusRow): RunFacts {
  const { managedFields: _, ...metadata } = run.metadata;
  const { uid, namespace, name, creationTimestamp } = metadata;
  const createdAt = Date.parse(creationTimestamp ?? '');
  if (uid === undefined || namespace === undefined || name === undefined || Number.isNaN(createdAt))
    throw new StoreRefused(
      `recording run ${namespace ?? '?'}/${name ?? '?'}: it has no UID, name or time of creation`,
      'Only objects as the API server returns them can be recorded',
    );
  return {
    run: { ...run, metadata },
    uid,
    namespace,
    name: runKeyName(run.kind, name),
    createdAt,
    profile: run.spec.profile ?? DEFAULT_PROFILE,
    queue: queueNameOf(run.spec),
    phase: run.status?.phase ?? 'Queued',
    revision: run.status?.revision ?? 0,
    finishedAt: finishedAt(run),
    deletedAt,
    at,
  };
}

function finishedAt({ status }: Run): number | undefined {
  const finished = status?.conditions.find(({ type }) => type === 'Finished');
  return finished?.status === 'True' ? Date.parse(finished.lastTransitionTime) : undefined;
}
