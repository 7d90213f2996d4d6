import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import {
  BadRequestError,
  GoneError,
  InvalidError,
  KubeError,
  MalformedAnswerError,
  UnreachableError,
} from '../errors.ts';
import { type Backoff, backoffDelay } from '../queue/backoff.ts';
import type { KubeClient, KubeObject, ListOptions, Resource, WatchEvent, WatchOptions } from '../types.ts';
import { InitialEvents } from './initialEvents.ts';
import { StreamGuard } from './streamGuard.ts';

/** Which objects are watched. */
export type WatchScope = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/** Where a reflector puts what it learns. Nothing here may throw. */
export interface ReflectorTarget<T> {
  replace(objects: readonly T[]): void;
  set(object: T, how: { readonly initial: boolean }): void;
  remove(object: T): void;
}

/** What a reflector needs. `prepare` and `onError` must not throw. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, 'listAll' | 'watch'>;
  readonly resource: Resource<T>;
  readonly scope: WatchScope;
  readonly target: ReflectorTarget<T>;
  /** Applied to each object as it arrives. */
  readonly prepare: (object: T) => T;
  readonly clock: Clock;
  readonly random: Random;
  /** Every failure as it happens. */
  readonly onError: (error: KubeError) => void;
}

/** Figures for metrics. */
export interface ReflectorStats {
  /** Fresh lists made, the first one too. */
  readonly lists: number;
  /** Streams asked for. */
  readonly watches: number;
  readonly failures: number;
  /** Ms since anything, bookmarks too, came from the server; undefined before the first. */
  readonly lastEventAgeMs: number | undefined;
}

/** client-go's: the server ends a watch after a random 5 to 10 minutes, so that watches spread over API servers. */
const MIN_TIMEOUT_SECONDS = 300;
/** The API server sends a bookmark about once a minute; half as much again without one means that the stream is dead. */
const IDLE_MS = 90_000;
/** A server that knows WatchList streams what exists without a pause; one that ignores the wish falls silent after it. */
const INITIAL_SILENCE_MS = 5_000;
/** Where objects change all the time silence never comes: then this long in all. */
const INITIAL_MS = 60_000;
/** A stream that lived so long proves the server healthy, though it had nothing to say. */
const HEALTHY_MS = 10_000;
/** To go on at once after a stream that ended sooner would be a tight loop. */
const SHORT_MS = 1_000;
const BACKOFF: Backoff = { baseMs: 500, capMs: 30_000 };
/**
 * A try that nobody answers costs no server anything, and its watch is wanted the moment somebody does: this long at
 * most, however long it lasted. The lower half of the draw keeps many clients apart.
 */
const NOBODY_THERE: Backoff = { baseMs: 500, capMs: 5_000 };
/** Objects in one page of a list: client-go's number. */
const PAGE = 500;
/** The same version led to an unreadable answer so often in a row: it is not gone on from. */
const MALFORMED_LIMIT = 3;

/**
 * Keeps a target equal to the server, for ever.
 *
 * No version known: it learns everything, by a WatchList stream (collected apart, swapped in when the server says that
 * this was all) or, where the server refuses that or never says so, by a paged list. Version known: it watches from
 * there. A stream that ends or breaks is gone on with from the last version; 410 forgets the version. Lists are always
 * consistent reads, so the target never goes back in time, whichever API server answers.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #version: string | undefined;
  #learnBy: 'watchList' | 'list' = 'watchList';
  #failuresInRow = 0;
  /** Tries that nobody answered: an answer, even a refusal, is no reason to wait because nobody was there before. */
  #unansweredInRow = 0;
  #malformedInRow = 0;
  #problem: KubeError | undefined;
  #lists = 0;
  #watches = 0;
  #failures = 0;
  #lastEventAt: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Begins, once. Does nothing after `stop`. */
  start(): void {
    if (this.#stop.signal.aborted) return;
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is open any more; the target is not touched again. Safe in any state. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the watch was stopped'));
    await this.#running;
  }

  /** What keeps it from being up to date, as last seen; undefined when nothing does. */
  problem(): KubeError | undefined {
    return this.#problem;
  }

  stats(): ReflectorStats {
    const now = this.#options.clock.monotonic();
    const lastEventAgeMs = this.#lastEventAt === undefined ? undefined : now - this.#lastEventAt;
    return { lists: this.#lists, watches: this.#watches, failures: this.#failures, lastEventAgeMs };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const pauseMs = await this.#round().catch((error: unknown) => this.#failed(error));
      if (pauseMs > 0) await sleep(this.#options.clock, pauseMs, this.#stop.signal).catch(() => {});
    }
  }

  /** One list or one stream. Returns how many ms to wait before the next. */
  async #round(): Promise<number> {
    if (this.#version !== undefined) return await this.#watchFrom(this.#version);
    if (this.#learnBy === 'watchList') return await this.#watchList();
    return await this.#list();
  }

  async #list(): Promise<number> {
    const { client, resource, scope, prepare } = this.#options;
    const list = await client.listAll(resource, { ...scope, limit: PAGE, signal: this.#stop.signal });
    if (!this.#stop.signal.aborted) this.#learned(list.items.map(prepare), list.resourceVersion);
    return 0;
  }

  async #watchFrom(resourceVersion: string): Promise<number> {
    const guard = this.#guard(IDLE_MS);
    return this.#pauseAfter(await this.#stream(guard, { resourceVersion }, (event) => this.#follow(event)));
  }

  async #watchList(): Promise<number> {
    const initial = new InitialEvents<T>();
    const guard = this.#guard(INITIAL_SILENCE_MS);
    const deadline = this.#options.clock.after(INITIAL_MS, () => {
      if (!initial.isComplete) guard.fail(this.#silent(INITIAL_MS));
    });
    try {
      const livedMs = await this.#stream(guard, { sendInitialEvents: true }, (event) => {
        if (initial.isComplete) this.#follow(event);
        else this.#learn(initial, event, guard);
      });
      if (initial.isComplete) return this.#pauseAfter(livedMs);
    } catch (error) {
      const isRefused = error instanceof InvalidError || error instanceof BadRequestError;
      if (initial.isComplete || !(isRefused || error === guard.signal.reason)) throw error;
    } finally {
      deadline.cancel();
    }
    this.#learnBy = 'list';
    return 0;
  }

  #learn(initial: InitialEvents<T>, event: WatchEvent<T>, guard: StreamGuard): void {
    initial.add(
      event.type === 'BOOKMARK' ? event : { ...event, object: this.#options.prepare(event.object) },
    );
    if (initial.version === undefined) return;
    guard.allow(IDLE_MS);
    this.#learned(initial.objects(), initial.version);
  }

  /** Reads one watch to its end; how many ms it lived. Throws when it breaks, falls silent or is stopped. */
  async #stream(
    guard: StreamGuard,
    from: Pick<WatchOptions, 'resourceVersion' | 'sendInitialEvents'>,
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<number> {
    const { client, resource, scope, clock, random } = this.#options;
    const openedAt = clock.monotonic();
    const healthy = clock.after(HEALTHY_MS, () => this.#version !== undefined && this.#isHealthy());
    const timeoutSeconds = Math.floor(MIN_TIMEOUT_SECONDS * (1 + random()));
    const { signal } = guard;
    this.#watches++;
    try {
      const watch = { ...scope, ...from, allowBookmarks: true, timeoutSeconds, signal };
      for await (const event of client.watch(resource, watch)) {
        if (signal.aborted) break;
        guard.heard();
        this.#lastEventAt = clock.monotonic();
        onEvent(event);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (clock.monotonic() - openedAt >= SHORT_MS) this.#wasCut(error);
      throw error;
    } finally {
      healthy.cancel();
      guard.close();
    }
    signal.throwIfAborted();
    return clock.monotonic() - openedAt;
  }

  /**
   * A stream that the server worked for, and whose connection broke: somebody on the way cuts connections, and the server
   * is as well as before. The next is no worse than the first, or a quiet resource would be looked at ever more rarely.
   */
  #wasCut(error: unknown): void {
    const isCut = error instanceof UnreachableError && error.phase === 'stream';
    if (isCut && this.#version !== undefined) this.#isHealthy();
  }

  #follow(event: WatchEvent<T>): void {
    this.#isHealthy();
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    const object = this.#options.prepare(event.object);
    if (event.type === 'DELETED') this.#options.target.remove(object);
    else this.#options.target.set(object, { initial: false });
    this.#version = object.metadata?.resourceVersion ?? this.#version;
  }

  #learned(objects: readonly T[], version: string): void {
    this.#lists++;
    this.#lastEventAt = this.#options.clock.monotonic();
    this.#version = version;
    this.#problem = undefined;
    this.#options.target.replace(objects);
  }

  #isHealthy(): void {
    this.#failuresInRow = 0;
    this.#unansweredInRow = 0;
    this.#malformedInRow = 0;
    this.#problem = undefined;
  }

  #pauseAfter(livedMs: number): number {
    if (livedMs >= SHORT_MS) return 0;
    return this.#failed(this.#broken(`the server ended the stream after ${Math.round(livedMs)} ms`));
  }

  /** Notes a failure; how many ms to wait. */
  #failed(thrown: unknown): number {
    if (this.#stop.signal.aborted) return 0;
    const error = thrown instanceof KubeError ? thrown : this.#broken('an unexpected error', thrown);
    if (isNobodyThere(error)) return this.#noted(error, NOBODY_THERE, ++this.#unansweredInRow);
    this.#unansweredInRow = 0;
    this.#failuresInRow++;
    if (error instanceof GoneError) {
      this.#version = undefined;
      if (this.#failuresInRow === 1) return 0;
    }
    if (error instanceof MalformedAnswerError && ++this.#malformedInRow >= MALFORMED_LIMIT) {
      this.#version = undefined;
      this.#malformedInRow = 0;
    }
    return this.#noted(error, BACKOFF, this.#failuresInRow);
  }

  /** Tells of a failure; how many ms to wait. */
  #noted(error: KubeError, backoff: Backoff, inRow: number): number {
    this.#failures++;
    this.#problem = error;
    this.#options.onError(error);
    return Math.max(error.retryAfterMs ?? 0, backoffDelay(backoff, inRow, this.#options.random));
  }

  #guard(silenceMs: number): StreamGuard {
    const silent = (ms: number) => this.#silent(ms);
    return new StreamGuard(this.#options.clock, this.#stop.signal, silenceMs, silent);
  }

  #silent(ms: number): KubeError {
    return this.#broken(`nothing came for ${ms / 1000} s; the stream is opened anew`);
  }

  #broken(why: string, cause?: unknown): KubeError {
    const message = `watching ${this.#options.resource.plural}: ${why}`;
    return new UnreachableError({ message, phase: 'stream', cause });
  }
}

/** No connection, or one that ended before an answer began; not a stream that broke, which the server worked for. */
function isNobodyThere(error: KubeError): boolean {
  return error instanceof UnreachableError && error.phase !== 'stream';
}
