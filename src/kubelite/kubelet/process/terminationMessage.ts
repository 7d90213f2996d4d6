import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { EndedAttempt } from '../life/attempt.ts';

/** Kubernetes' limit of a termination message. */
const MESSAGE_BYTES = 4096;
/** Of a log that stands in for the message: so many bytes and lines at most; Kubernetes' values. */
const LOG_BYTES = 2048;
const LOG_LINES = 80;

/** Kubernetes' default place of the message. */
export const MESSAGE_PATH = '/dev/termination-log';
/** Where a run keeps it. */
export const MESSAGE_FILE = 'termination-log';

/** The attempt with the message that its container left, if any: from its file, else, where it failed and the pod says so, from its log. */
export function withMessage(attempt: EndedAttempt, container: Container, runPath: string): EndedAttempt {
  if (attempt.message !== undefined) return attempt;
  const written = tail(join(runPath, MESSAGE_FILE), MESSAGE_BYTES);
  if (written !== '') return { ...attempt, message: written };
  const fromLog = container.terminationMessagePolicy === 'FallbackToLogsOnError' && attempt.exitCode !== 0;
  if (!fromLog) return attempt;
  const lines = tail(join(runPath, 'log'), LOG_BYTES).split('\n');
  const kept = lines.slice(-LOG_LINES - 1).join('\n');
  return kept === '' ? attempt : { ...attempt, message: kept };
}

/** The last bytes of a file as text; '' when there is none. */
function tail(path: string, bytes: number): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(bytes, size));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString();
  } finally {
    closeSync(file);
  }
}
