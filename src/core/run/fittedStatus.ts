import type { Attempt, RunStatus, Verdict } from './run.ts';
import { lastAttempt, MAX_STATUS_BYTES, shortened } from './status.ts';

/** What an old attempt's message is cut to: its first sentence, mostly. */
const SHORT_BYTES = 200;

/** One way of making a status smaller. */
type Cut = (status: RunStatus) => RunStatus;

/** What is given up, the least missed first. What decides anything (names, times, outcomes, result) is never cut. */
const CUTS: readonly Cut[] = [
  (status) => inOldAttempts(status, ({ logTail: _, ...attempt }) => attempt),
  (status) => inOldAttempts(status, (attempt) => ({ ...attempt, ...shortMessage(attempt, SHORT_BYTES) })),
  (status) =>
    inOldVerdicts(status, (verdict) => ({ ...verdict, message: shortened(verdict.message, SHORT_BYTES) })),
  (status) => ({ ...status, ...withoutOldVerdicts(status) }),
  (status) => ({ ...status, attempts: status.attempts.map(({ logTail: _, ...attempt }) => attempt) }),
  (status) => inOldAttempts(status, ({ message: _, ...attempt }) => attempt),
  (status) => ({
    ...status,
    conditions: status.conditions.map((one) => ({ ...one, message: shortened(one.message, SHORT_BYTES) })),
  }),
];

/**
 * The status, made as small as it must be. Twenty attempts with all that is known of each don't fit; the recorder
 * keeps it whole. A status that fits is returned as it is.
 */
export function fittedStatus(status: RunStatus): RunStatus {
  let fitted = status;
  for (const cut of CUTS) {
    if (sizeOf(fitted) <= MAX_STATUS_BYTES) {
      return fitted;
    }
    fitted = cut(fitted);
  }
  return fitted;
}

function sizeOf(status: RunStatus): number {
  return Buffer.byteLength(JSON.stringify(status));
}

function inOldAttempts(status: RunStatus, change: (attempt: Attempt) => Attempt): RunStatus {
  const last = lastAttempt(status);
  return { ...status, attempts: status.attempts.map((one) => (one === last ? one : change(one))) };
}

function shortMessage({ message }: Attempt, bytes: number): Partial<Attempt> {
  return message === undefined ? {} : { message: shortened(message, bytes) };
}

function inOldVerdicts(status: RunStatus, change: (verdict: Verdict) => Verdict): RunStatus {
  const current = lastAttempt(status)?.podUID;
  const verdicts = Object.entries(status.verdicts ?? {}).map(
    ([uid, verdict]) => [uid, uid === current ? verdict : change(verdict)] as const,
  );
  return status.verdicts === undefined ? status : { ...status, verdicts: Object.fromEntries(verdicts) };
}

function withoutOldVerdicts({ verdicts, ...status }: RunStatus): Partial<RunStatus> {
  const current = lastAttempt({ ...status })?.podUID ?? '';
  const kept = verdicts?.[current];
  return { verdicts: kept === undefined ? {} : { [current]: kept } };
}
