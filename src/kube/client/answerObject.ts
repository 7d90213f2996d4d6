import { MalformedAnswerError } from '../errors.ts';
import { isRecord } from './answerError.ts';
import type { Call } from './call.ts';
import { isRead } from './call.ts';

/** The answer as an object; what is in it is the server's word. Throws when it is none. */
export function answerObject(call: Call, answer: unknown): object {
  if (isRecord(answer)) return answer;
  const hint = isRead(call) ? '' : '; it may have taken effect';
  throw new MalformedAnswerError({ message: `${call.action}: the answer is no object${hint}` });
}
