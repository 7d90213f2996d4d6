import type { Clock } from '../../ports/clock.ts';
import type { ReadFile } from './machine.ts';

/** How old a read may be. A kubelet replaces a token when a fifth of its life (an hour) is left; this is soon enough. */
const MAX_AGE_MS = 60_000;

/** A file that is replaced now and then. */
export interface RereadFile {
  /** Its text, at most a minute old. When it can't be read any more: what it was. Throws when it never could. */
  current(): Promise<string>;
  /** The next `current` reads it. */
  expire(): void;
}

/** Follows one file, without a timer: it is read when somebody asks. */
export function rereadFile(path: string, readFile: ReadFile, clock: Clock): RereadFile {
  let text: string | undefined;
  let readAt = 0;
  let reading: Promise<string> | undefined;

  async function read(): Promise<string> {
    try {
      text = await readFile(path);
    } catch (error) {
      // A volume that is being replaced lacks its files for a moment.
      if (text === undefined) throw error;
    } finally {
      reading = undefined;
    }
    readAt = clock.monotonic();
    return text;
  }

  return {
    async current() {
      if (text !== undefined && clock.monotonic() - readAt < MAX_AGE_MS) return text;
      reading ??= read();
      return reading;
    },
    expire() {
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
