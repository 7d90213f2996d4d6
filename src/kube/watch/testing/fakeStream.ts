import type { Clock } from '../../../ports/clock.ts';
import { AbortedError } from '../../errors.ts';
import type { KubeObject, WatchEvent } from '../../types.ts';

type Event = WatchEvent<KubeObject>;

/** One watch that is open on the fake cluster. */
export class FakeStream {
  readonly #buffer: Event[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => {};
  /** True: nothing is delivered any more, and nobody says so (a half-open connection). */
  muted = false;

  push(event: Event): void {
    if (this.muted || this.#end) return;
    this.#buffer.push(event);
    this.#wake();
  }

  /** Ends the stream after what was pushed: normally, or by the error. */
  end(error?: Error): void {
    if (this.muted && !(error instanceof AbortedError)) return;
    this.#end ??= { error };
    this.#wake();
  }

  async *events(clock: Clock, timeoutSeconds: number, signal?: AbortSignal): AsyncGenerator<Event> {
    const onAbort = () => this.end(new AbortedError({ message: 'watching: aborted', cause: signal?.reason }));
    const timer = clock.after(timeoutSeconds * 1000, () => this.end());
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      yield* this.#drain(signal);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async *#drain(signal?: AbortSignal): AsyncGenerator<Event> {
    for (;;) {
      for (let next = this.#buffer.shift(); next; next = this.#buffer.shift()) {
        if (signal?.aborted) break;
        yield next;
      }
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
