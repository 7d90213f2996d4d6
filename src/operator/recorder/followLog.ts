import { BadRequestError, NotFoundError } from '../../kube/errors.ts';
import { backoffDelay } from '../../kube/queue/backoff.ts';
import type { KubeClient } from '../../kube/types.ts';
import { StampedLines } from '../../kubernetes/stampedLines.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import type { LogCopy } from './logCopy.ts';
import { LogTail } from './logTail.ts';
import { type LogSource, openLog } from './readTail.ts';

/** What following a log needs. */
export interface FollowParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** A log can't be followed or copied now; it is tried again. */
  readonly onTrouble: (source: LogSource, error: unknown) => void;
}

/** How a log is followed. */
export interface FollowWish {
  readonly source: LogSource;
  /** Where all of it goes; undefined: only its end is kept, in memory. */
  readonly copy: LogCopy | undefined;
  /** Whether the container has ended, as far as is known: then a stream that ends is the whole log. */
  readonly hasEnded: () => boolean;
}

/** After a break; doubled each time. A stream that ends before its container is known to have ended is taken up as soon. */
const BACKOFF = { baseMs: 500, capMs: 10_000 };
/** Lines of the past that make the tail of a log that is opened late. */
const PAST_LINES = 1024;

/** One container's log, followed from now until the container has ended, through breaks of the connection. */
export class FollowedLog {
  readonly tail = new LogTail();
  readonly #parts: FollowParts;
  readonly #wish: FollowWish;
  readonly #abort = new AbortController();
  /** Resolves when nothing more will come. */
  readonly done: Promise<void>;
  #state: 'open' | 'whole' | 'cut' = 'open';
  #attached = false;
  #heardAt: number;

  constructor(parts: FollowParts, wish: FollowWish) {
    this.#parts = parts;
    this.#wish = wish;
    this.#heardAt = parts.client.serverNow();
    this.done = this.#follow();
  }

  /** `whole`: it was read to the container's end; `cut`: it went before that. */
  get state(): 'open' | 'whole' | 'cut' {
    return this.#state;
  }

  /**
   * When the container last wrote, ms of the API server's time, as far as one can know: the start of following counts, and
   * while the log can't be read, now.
   */
  heardAt(): number {
    return this.#attached || this.#state !== 'open' ? this.#heardAt : this.#parts.client.serverNow();
  }

  /** Whether all of it stands in the log store. */
  hasCopy(): boolean {
    return this.#state === 'whole' && this.#wish.copy?.isWhole() === true;
  }

  stop(): void {
    this.#abort.abort(new Error('the log is no longer followed'));
  }

  async #follow(): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#abort;
    let place = new StampedLines().place();
    for (let failures = 0; !signal.aborted && this.#state === 'open'; ) {
      const lines = new StampedLines(place);
      try {
        await this.#readStream(lines, () => {
          failures = 0;
        });
        if (this.#wish.hasEnded()) this.#state = 'whole';
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof NotFoundError) this.#state = 'cut';
        else if (!(error instanceof BadRequestError)) this.#parts.onTrouble(this.#wish.source, error);
      }
      this.#attached = false;
      place = lines.place();
      if (this.#state !== 'open') break;
      failures += 1;
      await sleep(clock, backoffDelay(BACKOFF, failures, random), signal).catch(() => {});
    }
    await this.#wish.copy?.close(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#parts.onTrouble(this.#wish.source, error);
    });
  }

  async #readStream(lines: StampedLines, onBytes: () => void): Promise<void> {
    const { client } = this.#parts;
    const { source, copy } = this.#wish;
    const { signal } = this.#abort;
    const from = lines.place();
    let toSkip = from.stamp === undefined ? ((await copy?.begin()) ?? 0) : 0;
    const stream = await openLog(client, source, {
      follow: true,
      timestamps: true,
      signal,
      ...since(from.stamp, copy),
    });
    this.#attached = true;
    for await (const chunk of stream) {
      onBytes();
      const fresh = lines.take(chunk);
      if (fresh.length === 0) continue;
      this.tail.push(fresh);
      const skipped = Math.min(toSkip, fresh.length);
      toSkip -= skipped;
      if (skipped === fresh.length) continue;
      if (copy !== undefined) {
        // Nobody reads while the store takes no more, so that silence says nothing.
        this.#attached = false;
        await copy.write(fresh.subarray(skipped), signal);
        this.#attached = true;
      }
      this.#heardAt = client.serverNow();
    }
  }
}

/** The API takes times of a second; what it repeats is left out again. */
function since(stamp: string | undefined, copy: LogCopy | undefined) {
  if (stamp !== undefined) return { sinceTime: `${new Date(Date.parse(stamp)).toISOString().slice(0, 19)}Z` };
  return copy === undefined ? { tailLines: PAST_LINES } : {};
}
