import { onAbort } from '../../ports/onAbort.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { TransportError } from './transport.ts';
import { abortedRequest, untilAborted } from './untilAborted.ts';

/** Something in this process that answers as an API server does (kubelite's handler is one). */
export type InProcessHandler = (request: {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}) => Promise<TransportResponse>;

/** Carries requests to a handler by calling it. What is in flight at `close` fails, as with real connections. */
export function inProcessTransport(handler: InProcessHandler): Transport {
  const inFlight = new Set<AbortController>();
  let closed = false;

  async function send(request: TransportRequest): Promise<TransportResponse> {
    if (closed) throw new TransportError('the transport is closed', { sent: false });
    if (request.signal?.aborted) throw abortedRequest(request.signal, false);
    const ending = new AbortController();
    const forget = onAbort(request.signal, () => ending.abort(request.signal?.reason));
    inFlight.add(ending);
    const finish = () => {
      forget();
      inFlight.delete(ending);
    };
    try {
      const response = await untilAborted(handler(toHandler(request, ending.signal)), ending.signal, wasSent);
      return { ...response, body: cuttable(response.body, ending, finish) };
    } catch (error) {
      finish();
      throw error instanceof TransportError ? error : failed(error);
    }
  }

  async function close(): Promise<void> {
    closed = true;
    for (const ending of inFlight) ending.abort(new Error('the transport was closed'));
  }

  return { send, close };
}

/** A call of a function can't be taken back. */
const wasSent = () => true;

function toHandler(request: TransportRequest, signal: AbortSignal): Parameters<InProcessHandler>[0] {
  const { method, path, headers, body } = request;
  return { method, path, headers, signal, ...(body === undefined ? {} : { body }) };
}

/** The body, ended by the signal even while the handler has nothing to say; leaving it early tells the handler. */
async function* cuttable(
  body: AsyncIterable<Uint8Array>,
  ending: AbortController,
  finish: () => void,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    while (true) {
      if (ending.signal.aborted) throw abortedRequest(ending.signal, true);
      const next = await untilAborted(iterator.next(), ending.signal, wasSent);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    finish();
    ending.abort(new Error('the body is no longer read'));
    iterator.return?.().catch(() => {});
  }
}

function failed(error: unknown): TransportError {
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError(message, { sent: true, cause: error });
}
