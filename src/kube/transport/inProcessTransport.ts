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
      return { ...response, body: new CuttableBody(response.body, flight, finish) };
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
      const over = () => {
        this.#rejectWait = undefined;
      };
      work.then(
        (result) => {
          over();
          resolve(result);
        },
        (error: unknown) => {
          over();
          reject(error);
        },
      );
    });
  }
}

/** The body, ended by a cut even while the handler has nothing to say; leaving it early tells the handler. */
class CuttableBody implements AsyncIterableIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #flight: InFlight;
  readonly #finish: () => void;
  #isOver = false;

  constructor(body: AsyncIterable<Uint8Array>, flight: InFlight, finish: () => void) {
    this.#source = body[Symbol.asyncIterator]();
    this.#flight = flight;
    this.#finish = finish;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      const next = await this.#flight.wait(this.#source.next());
      if (next.done === true) this.#end();
      return next;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#leave();
    return { done: true, value: undefined };
  }

  #end(): void {
    this.#isOver = true;
    this.#finish();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#end();
    this.#flight.cut(new Error('the body is no longer read'));
    this.#source.return?.().catch(() => {});
  }
}

function failed(error: unknown): TransportError {
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError(message, { sent: true, cause: error });
}
