import type { ServerResponse } from 'node:http';
import { SSE_HEARTBEAT, type SseEvent, sseFrame } from '../../contract/sse.ts';

/**
 * Writes events to one caller. What a slow caller has not taken yet waits here, the last state of each key only, so
 * that it costs at most one state of each run, however long it sleeps.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #waiting = new Map<string, SseEvent>();
  #isFull = false;
  #onEmpty: () => void = () => {};

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', () => this.#drain());
    response.on('close', () => this.#onEmpty());
  }

  /** Sends an event, after those that wait; one that waits under the same key is replaced. */
  send(key: string, event: SseEvent): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    if (!this.#isFull) this.#drain();
  }

  /** Tells the caller and all between that the stream lives. */
  beat(): void {
    if (!this.#isFull && !this.#response.destroyed) this.#isFull = !this.#response.write(SSE_HEARTBEAT);
  }

  /** Resolves when nothing waits any more, or nobody is there to take it. */
  flushed(): Promise<void> {
    if (this.#waiting.size === 0 || this.#response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #drain(): void {
    this.#isFull = false;
    for (const [key, event] of this.#waiting) {
      if (this.#response.destroyed) return;
      this.#waiting.delete(key);
      if (!this.#response.write(sseFrame(event))) {
        this.#isFull = true;
        break;
      }
    }
    if (this.#waiting.size === 0) this.#onEmpty();
  }
}
