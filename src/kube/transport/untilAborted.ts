import { TransportError } from './transport.ts';

/** The work's result; rejects as soon as the signal is aborted, though the work itself goes on unheard. */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  wasSent: () => boolean,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedRequest(signal, wasSent()));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What a transport throws when its caller ended the request. */
export function abortedRequest(signal: AbortSignal, sent: boolean): TransportError {
  return new TransportError('the request was aborted', { sent, cause: signal.reason });
}
