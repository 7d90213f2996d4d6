import { onAbort } from '../../ports/onAbort.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { TransportError } from './transport.ts';
import { abortedRequest } from './untilAborted.ts';

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
  const inFlight = new Set<InFlight>();
  let closed = false;

  async function send(request: TransportRequest): Promise<TransportResponse> {
    if (closed) throw new TransportError('the transport is closed', { sent: false });
    if (request.signal?.aborted) throw abortedRequest(request.signal.reason, false);
    const flight = new InFlight(request);
    const forget = onAbort(request.signal, () => flight.cut(request.signal?.reason));
    inFlight.add(flight);
    const finish = () => {
      forget();
      inFlight.delete(flight);
    };
    try {
      const response = await flight.wait(handler(flight));
      return { ...response, body: cuttable(response.body, flight, finish) };
    } catch (error) {
      finish();
      throw error instanceof TransportError ? error : failed(error);
    }
  }

  async function close(): Promise<void> {
    closed = true;
    for (const flight of inFlight) flight.cut(new Error('the transport was closed'));
  }

  return { send, close };
}

/** A request as its handler sees it, and what may cut it short. */
class InFlight {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  #cutBy: { readonly reason: unknown } | undefined;
  #abort: AbortController | undefined;
  #rejectWait: ((error: TransportError) => void) | undefined;

  constructor({ method, path, headers, body }: TransportRequest) {
    this.method = method;
    this.path = path;
    this.headers = headers;
    if (body !== undefined) this.body = body;
  }

  /** Made when it is asked for: few handlers have anything to stop. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#cutBy) this.#abort.abort(this.#cutBy.reason);
    }
    return this.#abort.signal;
  }

  /** Fails what is being waited for, and whatever will be. */
  cut(reason: unknown): void {
    if (this.#cutBy) return;
    this.#cutBy = { reason };
    this.#abort?.abort(reason);
    this.#rejectWait?.(abortedRequest(reason, true));
  }

  /** The work's result. A call of a function can't be taken back: when cut short, it goes on unheard. */
  wait<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#cutBy) reject(abortedRequest(this.#cutBy.reason, true));
      this.#rejectWait = reject;
      work.then(resolve, reject);
    });
  }
}

/** The body, ended by a cut even while the handler has nothing to say; leaving it early tells the handler. */
async function* cuttable(
  body: AsyncIterable<Uint8Array>,
  flight: InFlight,
  finish: () => void,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await flight.wait(iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    finish();
    flight.cut(new Error('the body is no longer read'));
    iterator.return?.().catch(() => {});
  }
}

function failed(error: unknown): TransportError {
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError(message, { sent: true, cause: error });
}
