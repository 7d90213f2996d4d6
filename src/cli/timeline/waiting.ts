import type { QueuePlace } from '../../contract/routes/queues.ts';
import { conditionOf } from '../../core/run/conditions.ts';
import type { Run, RunStatus } from '../../core/run/run.ts';
import { lastAttempt } from '../../core/run/status.ts';

/** Why a run stands where it does: a code and a sentence, as far as its status says. */
export interface Hold {
  readonly reason: string;
  readonly message: string;
}

/** What holds a run that waits in its queue; undefined where its status says nothing of it. */
export function holdOf(status: RunStatus): Hold | undefined {
  if (status.phase !== 'Queued') return undefined;
  const admitted = conditionOf(status, 'Admitted');
  return admitted?.status === 'False' ? { reason: admitted.reason, message: admitted.message } : undefined;
}

/** `2 of 3`, or `2` where the spec names no number of attempts. */
export function attemptText({ spec }: Run, number: number): string {
  const most = spec.retry?.maxAttempts ?? 1;
  return most > 1 ? `${number} of ${Math.max(most, number)}` : String(number);
}

/** What a queued run waits for: its next attempt, or its turn, with its place where that is known. */
export function queuedText(run: Run, status: RunStatus, place: QueuePlace | undefined): string {
  const next = attemptText(run, (lastAttempt(status)?.number ?? 0) + 1);
  const hold = holdOf(status);
  if (status.retryAt !== undefined && (hold === undefined || hold.reason === 'BackOff')) {
    return `waiting for attempt ${next}, which may start at ${status.retryAt}`;
  }
  const what = status.attempts.length > 0 ? `attempt ${next} to be admitted` : 'admission';
  const where =
    place?.position === undefined ? '' : `, ${place.position} of ${place.waiting} in queue ${place.queue}`;
  const { reason, message } = place?.position === undefined ? (hold ?? {}) : place;
  const why = [reason, message].filter(Boolean).join(': ');
  return `waiting for ${what}${where}${why === '' ? '' : ` (${why})`}`;
}
