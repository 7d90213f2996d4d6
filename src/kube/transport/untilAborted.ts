import { onAbort } from '../../ports/onAbort.ts';
import { TransportError } from './transport.ts';

/** The work's result; rejects as soon as the signal is aborted, though the work itself goes on unheard. */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  wasSent: () => boolean,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(abortedRequest(signal.reason, wasSent())));
    work.then(resolve, reject).finally(forget);
  });
}

/** What a transport throws when its caller ended the request. */
export function abortedRequest(reason: unknown, sent: boolean): TransportError {
  return new TransportError('the request was aborted', { sent, cause: reason });
}
