import type { UnreachablePhase } from '../errors.ts';
import { AbortedError, AnswerLostError, KubeError, UnreachableError } from '../errors.ts';
import { TransportError } from '../transport/transport.ts';
import type { Call } from './call.ts';
import { isRead } from './call.ts';

/** The error of a request that got no answer, or lost it on its way. */
export function lostAnswer(call: Call, cause: unknown, status?: number): KubeError {
  if (call.signal?.aborted) return abortedError(call);
  if (cause instanceof KubeError) return cause;
  if (cause instanceof TransportError && !cause.sent) return unreachable(call, 'connect', cause);
  if (isRead(call)) return unreachable(call, 'answer', cause);
  return new AnswerLostError({
    message: `${call.action}: the answer was lost (${because(cause)}); it may have taken effect`,
    cause,
    ...(status === undefined ? {} : { status }),
  });
}

/** The error of a stream that broke or fell silent. */
export function brokenStream(call: Call, cause: unknown): KubeError {
  if (call.signal?.aborted) return abortedError(call);
  return cause instanceof KubeError ? cause : unreachable(call, 'stream', cause);
}

/** The error of a call that its own caller ended. */
export function abortedError(call: Call): AbortedError {
  const cause: unknown = call.signal?.reason;
  return new AbortedError({ message: `${call.action}: stopped by its caller`, reason: 'Aborted', cause });
}

const WORDS: Readonly<Record<UnreachablePhase, string>> = {
  connect: 'no connection to the API server',
  answer: 'no answer from the API server',
  stream: 'the stream broke',
};

function unreachable(call: Call, phase: UnreachablePhase, cause: unknown): UnreachableError {
  const message = `${call.action}: ${WORDS[phase]}: ${because(cause)}`;
  return new UnreachableError({ message, phase, reason: 'Unreachable', cause });
}

function because(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
