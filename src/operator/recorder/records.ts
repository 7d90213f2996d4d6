import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { uidOf } from '../../core/pod/podFacts.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { lastAttempt } from '../../core/run/status.ts';
import type { PodRecords } from './podRecords.ts';

/** What a decision may know of what is recorded. */
export interface Records {
  /**
   * UIDs of these pods whose evidence is stored as far as there is any, and the run's own UID once its present status and
   * the evidence of all its pods are. Undefined: there is no store.
   */
  evidenceStored(run: Run, pods: readonly Pod[]): ReadonlySet<string> | undefined;
  /** Last sign of progress of the last attempt in its logs, ms of the API server's time; undefined: they are not followed. */
  progressAt(run: Run, logs: RunSpec['logs']): number | undefined;
  /** Whether a pod may go: no evidence about it waits to be stored. */
  owesNothing(podUID: string): boolean;
}

/** Answers from what the recorder knows. */
export function recordsOf(known: {
  readonly isStoring: boolean;
  /** Highest stored revision by run UID. */
  readonly stored: ReadonlyMap<string, number>;
  /** Since when this process leads (ms), and what it keeps of pods; undefined: it doesn't lead. */
  readonly term: () => { readonly since: number; readonly pods: PodRecords } | undefined;
}): Records {
  const { isStoring, stored, term } = known;
  return {
    evidenceStored(run, pods) {
      if (!isStoring) return undefined;
      const records = term()?.pods;
      const uids = pods.filter((pod) => records?.isStored(pod)).map(uidOf);
      const { uid = '' } = run.metadata;
      const isRecorded = (stored.get(uid) ?? -1) >= (run.status?.revision ?? 0);
      const owes = records?.owes(run) ?? true;
      return new Set(isRecorded && uids.length === pods.length && !owes ? [...uids, uid] : uids);
    },
    progressAt(run, logs) {
      const now = term();
      const attempt = run.status && lastAttempt(run.status);
      if (now === undefined || logs !== 'Follow' || attempt === undefined) return undefined;
      // A leader that has just begun has heard nothing yet, and silence that nobody listened to is no stall.
      return Math.max(now.pods.heardAt(attempt.podUID) ?? now.since, now.since);
    },
    owesNothing: (podUID) => !isStoring || (term()?.pods.owesNothing(podUID) ?? false),
  };
}
