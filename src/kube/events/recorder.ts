import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import { AlreadyExistsError, ForbiddenError, isTransient, NotFoundError } from '../errors.ts';
import { type Backoff, backoffDelay } from '../queue/backoff.ts';
import { events } from '../resources.ts';
import type { KubeClient, ObjectRef } from '../types.ts';
import { AGGREGATION_MS, Correlator, type EventNote, REMEMBERED } from './correlate.ts';
import { Recent } from './recent.ts';

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Who says it: `endwell-operator`. */
  readonly component: string;
  /** Which process of it. */
  readonly instance: string;
  /** An Event could not be written, for another reason than a namespace that goes away. Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/** What became of the notes, for metrics. Those of one key that waited together were written at once. */
export interface EventRecorderStats {
  readonly created: number;
  readonly patched: number;
  /** Counted in memory only: too many about one object. */
  readonly throttled: number;
  /** Too many waited, or the recorder was stopped. */
  readonly dropped: number;
  /** Their namespace is terminating or gone. */
  readonly refused: number;
  /** Gave up after errors. */
  readonly failed: number;
  readonly waiting: number;
}

/** One Event of the cluster. */
interface Entry {
  readonly note: EventNote;
  readonly ref: Required<ObjectRef>;
  readonly firstMs: number;
  /** Monotonic: for the 10 minutes. */
  seenAt: number;
  lastMs: number;
  count: number;
  message: string;
  isWaiting: boolean;
  isCreated: boolean;
}

/** About 1 MB of notes: an API that was away for minutes gets the beginning of the story. */
const QUEUE_LIMIT = 1_000;
/** What an Event's message may have; longer ones are cut. */
const MESSAGE_LIMIT = 1_024;
const NAME_LIMIT = 253;
/** With the back-off about half a minute: an API server has restarted by then. */
const MAX_TRIES = 6;
const BACKOFF: Backoff = { baseMs: 1_000, capMs: 15_000 };

/** Writes core/v1 Events, one request at a time, in the background. `record` never waits and never throws. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator: Correlator;
  readonly #entries = new Recent<Entry>(REMEMBERED);
  readonly #queue: Entry[] = [];
  readonly #abort = new AbortController();
  readonly #stats = { created: 0, patched: 0, throttled: 0, dropped: 0, refused: 0, failed: 0 };
  #sending: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new Correlator(options.clock);
  }

  /** Notes it; what was said in the last 10 minutes already becomes a higher count of the same Event. */
  record(note: EventNote): void {
    if (this.#isClosed) return;
    const { key, message, isThrottled } = this.#correlator.correlate(note);
    const now = this.#options.clock.monotonic();
    const isSame = (entry: Entry) => now - entry.seenAt <= AGGREGATION_MS;
    const entry = this.#entries.take(key, isSame, () => this.#newEntry(note));
    entry.count++;
    entry.seenAt = now;
    entry.lastMs = this.#options.clock.now();
    entry.message = message.slice(0, MESSAGE_LIMIT);
    if (isThrottled) this.#stats.throttled++;
    else this.#enqueue(entry);
  }

  stats(): EventRecorderStats {
    return { ...this.#stats, waiting: this.#queue.length };
  }

  /** Takes no more notes, gives what waits `graceMs` to be written, and resolves. */
  async stop(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const timer = this.#options.clock.after(graceMs, () => {
      this.#abort.abort(new Error('the event recorder was stopped'));
    });
    await this.#sending;
    timer.cancel();
  }

  #newEntry(note: EventNote): Entry {
    const { clock } = this.#options;
    const ref = { namespace: note.object.namespace ?? 'default', name: this.#nameFor(note) };
    const [firstMs, seenAt] = [clock.now(), clock.monotonic()];
    const state = { count: 0, message: note.message, isWaiting: false, isCreated: false };
    return { note, ref, firstMs, seenAt, lastMs: firstMs, ...state };
  }

  #nameFor(note: EventNote): string {
    const chance = Math.floor(this.#options.random() * 2 ** 32).toString(16);
    const suffix = `.${this.#options.clock.now().toString(16)}${chance.padStart(8, '0')}`;
    const name = (note.object.name ?? 'unnamed').slice(0, NAME_LIMIT - suffix.length);
    return `${name.replace(/[^a-z0-9]+$/, '')}${suffix}`;
  }

  #enqueue(entry: Entry): void {
    if (entry.isWaiting) return;
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.#stats.dropped++;
      return;
    }
    entry.isWaiting = true;
    this.#queue.push(entry);
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    for (let entry = this.#queue.shift(); entry; entry = this.#queue.shift()) {
      await this.#sendWithRetries(entry);
    }
    this.#sending = undefined;
  }

  async #sendWithRetries(entry: Entry): Promise<void> {
    const { clock, random } = this.#options;
    for (let tries = 1; !this.#abort.signal.aborted; tries++) {
      try {
        return await this.#send(entry);
      } catch (error) {
        if (this.#abort.signal.aborted) break;
        if (!isTransient(error) || tries === MAX_TRIES) return this.#gaveUp(error);
        await sleep(clock, backoffDelay(BACKOFF, tries, random), this.#abort.signal).catch(() => {});
      }
    }
    this.#stats.dropped++;
  }

  async #send(entry: Entry): Promise<void> {
    entry.isWaiting = false;
    if (entry.isCreated && (await this.#patch(entry))) return;
    const signal = this.#abort.signal;
    await this.#options.client
      .create(events, this.#toEvent(entry), { lane: 'create', signal })
      .catch(ignoreExisting);
    entry.isCreated = true;
    this.#stats.created++;
  }

  /** False when the Event is gone: the API server keeps Events for an hour. */
  async #patch(entry: Entry): Promise<boolean> {
    const body = { count: entry.count, lastTimestamp: time(entry.lastMs), message: entry.message };
    const options = { lane: 'create' as const, signal: this.#abort.signal };
    try {
      await this.#options.client.patch(events, entry.ref, { type: 'merge', body }, options);
      this.#stats.patched++;
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  #gaveUp(error: unknown): void {
    if (isNamespaceGone(error)) {
      this.#stats.refused++;
      return;
    }
    this.#stats.failed++;
    this.#options.onError?.(error);
  }

  #toEvent(entry: Entry): Event {
    const { component, instance } = this.#options;
    const { note, ref } = entry;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { ...ref },
      involvedObject: note.object,
      type: note.type,
      reason: note.reason,
      message: entry.message,
      count: entry.count,
      firstTimestamp: time(entry.firstMs),
      lastTimestamp: time(entry.lastMs),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}

/** The answer to an earlier try was lost: it is written. */
function ignoreExisting(error: unknown): void {
  if (!(error instanceof AlreadyExistsError)) throw error;
}

function isNamespaceGone(error: unknown): boolean {
  if (error instanceof NotFoundError) return true;
  return (
    error instanceof ForbiddenError && error.causes.some(({ reason }) => reason === 'NamespaceTerminating')
  );
}

/** RFC 3339 with seconds, as Event timestamps are. */
function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
