import { isLegalMove, isTerminal } from './phases.ts';
import type { Attempt, Run, RunStatus } from './run.ts';

/** Longest message in a status: one screen of text, and 20 attempts of it stay well below the bound of the whole. */
export const MAX_MESSAGE_BYTES = 1024;

/** Largest status: with a spec of the usual size an object stays far below etcd's 1.5 MiB, and a list of 500 cheap. */
export const MAX_STATUS_BYTES = 32 * 1024;

/** Most attempts kept in a status; retry.maxAttempts and the retries of disruptions together stay below it. */
export const MAX_ATTEMPTS = 20;

/** The status of a run that has none. */
export function initialStatus(): RunStatus {
  return { phase: 'Queued', revision: 0, conditions: [], attempts: [], timeline: {} };
}

/** The attempt that runs or ran last. */
export function lastAttempt(status: RunStatus): Attempt | undefined {
  return status.attempts.at(-1);
}

/** The status with the last attempt changed. */
export function withLastAttempt(status: RunStatus, change: Partial<Attempt>): RunStatus {
  const last = lastAttempt(status);
  if (last === undefined) {
    return status;
  }
  return { ...status, attempts: [...status.attempts.slice(0, -1), { ...last, ...change }] };
}

/** The text cut to the longest message that a status may hold, with a mark where it was cut. */
export function boundedMessage(text: string): string {
  return shortened(text, MAX_MESSAGE_BYTES);
}

/** The text cut to so many bytes, with a mark where it was cut. */
export function shortened(text: string, bytes: number): string {
  const mark = ' … (cut)';
  if (byteLength(text) <= bytes) {
    return text;
  }
  let end = bytes;
  while (byteLength(text.slice(0, end)) > bytes - byteLength(mark)) {
    end -= 1;
  }
  return `${text.slice(0, end)}${mark}`;
}

/** The last part of a log that a status may hold. */
export function boundedTail(text: string): string {
  let start = Math.max(0, text.length - MAX_MESSAGE_BYTES);
  while (byteLength(text.slice(start)) > MAX_MESSAGE_BYTES) {
    start += 1;
  }
  return text.slice(start);
}

/**
 * Throws when a status may not follow the one that is stored: an illegal move, a changed result, a text or a whole that
 * is too big. Each is a defect of ours, never a state of the run.
 */
export function assertNextStatus(run: Run, next: RunStatus): void {
  const before = run.status;
  const problem =
    moveProblem(before, next) ??
    (next.attempts.length > MAX_ATTEMPTS
      ? `${next.attempts.length} attempts, ${MAX_ATTEMPTS} at most`
      : undefined) ??
    sizeProblem(next);
  if (problem !== undefined) {
    throw new Error(`writing the status of run ${run.metadata.name ?? '?'}: ${problem}`);
  }
}

function moveProblem(before: RunStatus | undefined, next: RunStatus): string | undefined {
  if (!isLegalMove(before?.phase, next.phase)) {
    return `phase ${before?.phase ?? 'none'} can not become ${next.phase}`;
  }
  if (before?.main !== undefined && JSON.stringify(before.main) !== JSON.stringify(next.main)) {
    return 'the result of main can not change';
  }
  return isTerminal(next.phase) && next.main === undefined && next.phase !== 'Refused'
    ? `phase ${next.phase} without a result of main`
    : undefined;
}

function sizeProblem(next: RunStatus): string | undefined {
  for (const message of messagesOf(next)) {
    if (byteLength(message) > MAX_MESSAGE_BYTES) {
      return `a message of ${byteLength(message)} bytes, ${MAX_MESSAGE_BYTES} at most: ${message.slice(0, 80)}`;
    }
  }
  const size = byteLength(JSON.stringify(next));
  return size > MAX_STATUS_BYTES ? `${size} bytes, ${MAX_STATUS_BYTES} at most` : undefined;
}

function messagesOf(status: RunStatus): string[] {
  return [
    status.message,
    status.main?.message,
    status.exit?.message,
    ...status.conditions.map((condition) => condition.message),
    ...status.attempts.flatMap((attempt) => [attempt.message, attempt.logTail]),
    ...Object.values(status.verdicts ?? {}).map((verdict) => verdict.message),
  ].filter((text) => text !== undefined);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
