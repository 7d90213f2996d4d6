import type { Clock, Timer } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';

/** What may end a body before its time. */
export interface BodyGuard {
  readonly clock: Clock;
  /** Fails when the reader has waited so long for bytes; never when undefined. Time in which nobody reads doesn't count. */
  readonly idleMs: number | undefined;
  /** Fails with the signal's reason, also while nothing comes. */
  readonly signal: AbortSignal | undefined;
  /** Called once: gives the connection back. `read`: the body was read to its end; `left`: it was given up before. */
  readonly onEnd: (how: 'read' | 'left') => void;
  /** Makes the error that the reader sees. */
  readonly toError: (cause: unknown) => Error;
}

/** Why a body was given up: no bytes for `idleMs`. */
export class IdleBodyError extends Error {
  constructor(idleMs: number) {
    super(`nothing came for ${idleMs} ms`);
    this.name = 'IdleBodyError';
  }
}

/** The bytes of a body, under guard: it never hangs past its limits, and `return` frees the connection at once. */
export function guardedBody(
  body: AsyncIterable<Uint8Array>,
  guard: BodyGuard,
): AsyncIterableIterator<Uint8Array> {
  return new GuardedBody(body, guard);
}

class GuardedBody implements AsyncIterableIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #guard: BodyGuard;
  /** Settles the read that is under way. */
  #cut: ((reason: unknown) => void) | undefined;
  #ended = false;
  #timer: Timer | undefined;
  #waitingSince = 0;
  readonly #forgetSignal: () => void;

  constructor(body: AsyncIterable<Uint8Array>, guard: BodyGuard) {
    this.#source = body[Symbol.asyncIterator]();
    this.#guard = guard;
    this.#forgetSignal = onAbort(guard.signal, () => this.#cut?.(guard.signal?.reason));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      this.#guard.signal?.throwIfAborted();
      const result = await this.#read();
      if (result.done === true) this.#end('read');
      return result;
    } catch (error) {
      this.#end('left');
      throw this.#guard.toError(error);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#cut?.(new Error('the body is no longer read'));
    this.#end('left');
    return { done: true, value: undefined };
  }

  #read(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#cut = reject;
      this.#waitingSince = this.#guard.clock.monotonic();
      this.#watch();
      this.#source.next().then((result) => {
        this.#cut = undefined;
        resolve(result);
      }, reject);
    });
  }

  /** One timer for many reads: it is set again only when it fires too early. */
  #watch(): void {
    const { clock, idleMs } = this.#guard;
    if (idleMs === undefined || this.#timer !== undefined) return;
    const left = this.#waitingSince + idleMs - clock.monotonic();
    this.#timer = clock.after(Math.max(left, 1), () => {
      this.#timer = undefined;
      if (this.#ended || this.#cut === undefined) return;
      if (clock.monotonic() - this.#waitingSince >= idleMs) this.#cut(new IdleBodyError(idleMs));
      else this.#watch();
    });
  }

  #end(how: 'read' | 'left'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cut = undefined;
    this.#timer?.cancel();
    this.#forgetSignal();
    this.#guard.onEnd(how);
    this.#source.return?.().catch(() => {});
  }
}
