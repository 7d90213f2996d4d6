/** As much as waits for a reader that is slower than the changes; then its watch ends, and it starts one anew. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Bytes on their way to one reader: written at once, read as the carrier takes them. */
export interface WatchQueue extends AsyncIterable<Uint8Array> {
  push(frame: Uint8Array): void;
  /** The reader gets what waits, and then the end. */
  end(): void;
}

/** A queue that ends itself when more than 8 MiB wait. `onEnd` is called once, whoever ends it. */
export function watchQueue(onEnd: () => void): WatchQueue {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const end = () => {
    if (ended) return;
    ended = true;
    onEnd();
    wake?.();
  };

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (waiting.length > 0) {
          const frames = waiting;
          waiting = [];
          bytes = 0;
          yield frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames);
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      end();
    }
  }

  return {
    push(frame) {
      if (ended) return;
      waiting.push(frame);
      bytes += frame.byteLength;
      if (bytes > MAX_WAITING_BYTES) {
        waiting = [];
        end();
      }
      wake?.();
    },
    end,
    [Symbol.asyncIterator]: read,
  };
}
