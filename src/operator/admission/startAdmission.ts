import { demandOf } from '../../core/admission/demand.ts';
import type { QueueCount } from '../../core/admission/ledger.ts';
import { type AdmissionPass, admissionPass, isConcerned } from '../../core/admission/pass.ts';
import { type AdmissionWord, NO_LIMIT } from '../../core/admission/word.ts';
import { runKey, runKeyOf } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Change } from '../../kube/watch/store.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Watches } from '../watches.ts';
import { Bell } from './bell.ts';
import { Book } from './book.ts';
import { Grants } from './grants.ts';
import { MissingQueues } from './missingQueues.ts';
import { QueueStatuses } from './queueStatuses.ts';
import type { QueueWatch } from './queueWatch.ts';
import { Superseding } from './superseding.ts';
import { confirmUnseen, takeStock } from './takeStock.ts';
import { Words } from './words.ts';

/** What comes within so many ms is decided in one pass. */
const COALESCE_MS = 2;

/** Passes take at most a third of the process's time, however long one is. */
const REST_SHARE = 2;

/** How often it is looked whether the queues are known by now. */
const SETTLE_MS = 50;

/** After a failure: the first pause, doubled each time up to the last. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** A watch that has not shown a listed run by then may have missed that it went. */
const UNSEEN_MS = 10_000;

/** What admission needs. */
export interface AdmissionParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the object of admission is. */
  readonly namespace: string;
  readonly identity: string;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  /** `observe`: decides and writes nothing. */
  readonly mode: 'act' | 'observe';
  /** Looks at the clock: a process that was paused must notice that its time is over before it grants anything. */
  readonly mayAct: () => boolean;
  readonly watches: Pick<Watches, 'run' | 'runs' | 'withheld'>;
  readonly queues: QueueWatch;
  /** There is news for a run: `namespace/name`. */
  readonly add: (key: string) => void;
}

/** The leader's word on who starts. */
export interface Admission {
  beginTerm(): void;
  /** From here on nothing is said any more; resolves when nothing is written any more. */
  endTerm(): Promise<void>;
  onRun(change: Change<Run>): void;
  onQueues(): void;
  /** The word on a run; undefined: not decided yet. `isValid`: its spec was found to be valid, so that it may be accepted. */
  wordFor(run: Run, spec: { readonly isValid: boolean }): AdmissionWord | undefined;
  /** Why nothing can be decided; undefined when nothing is in the way. */
  problem(): Error | undefined;
  /** What the queues hold, as of the last pass, by queue id. */
  counts(): ReadonlyMap<string, QueueCount>;
}

/**
 * Decides for all runs at once, one pass at a time. What a pass grants is stored in one object before any run hears of
 * it, with everything granted before whose status write was not answered yet. A new leader takes the object over with a
 * write of its own, so that the old one can grant nothing more, and counts what it finds there as granted.
 */
export function startAdmission(parts: AdmissionParts): Admission {
  return new TermedAdmission(parts);
}

class TermedAdmission implements Admission {
  readonly #parts: AdmissionParts;
  readonly #book = new Book();
  readonly #words = new Words();
  readonly #bell: Bell;
  readonly #missing: MissingQueues;
  readonly #statuses: QueueStatuses;
  readonly #grants: Grants;
  readonly #superseding: Superseding;
  /** Runs that are not accepted yet and may be. */
  readonly #judged = new Set<string>();
  #turns: ReadonlyMap<string, number> = new Map();
  #counts: ReadonlyMap<string, QueueCount> = new Map();
  /** UIDs of runs that went while stock is taken; undefined: it is not. */
  #gone: Set<string> | undefined;
  #unseen: { readonly runs: readonly Run[]; readonly at: number } | undefined;
  #isReady = false;
  #problem: Error | undefined;
  #term: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#bell = new Bell(parts.clock);
    this.#grants = new Grants(parts);
    this.#superseding = new Superseding(parts, () => this.#bell.ring());
    this.#missing = new MissingQueues(parts.client, parts.clock, parts.namespace);
    this.#statuses = new QueueStatuses({ ...parts, queue: (id) => parts.queues.queue(id) });
  }

  beginTerm(): void {
    const abort = new AbortController();
    this.#term = { abort, ended: this.#lead(abort.signal) };
  }

  async endTerm(): Promise<void> {
    this.#term?.abort.abort(new Error('this process leads no more'));
    this.#close();
    await this.#term?.ended;
    this.#term = undefined;
  }

  onRun({ kind, object }: Change<Run>): void {
    const uid = object.metadata.uid ?? '';
    if (kind === 'deleted') {
      this.#gone?.add(uid);
      this.#judged.delete(uid);
      if (this.#book.forget(uid)) this.#bell.ring();
    } else this.#note(object);
  }

  onQueues(): void {
    this.#bell.ring();
    // Who had nothing to wait for may have now, and the other way round.
    for (const demand of this.#book.demands()) {
      const { standing } = demand;
      if (standing === 'new' || standing === 'waiting') this.#parts.add(runKeyOf(demand));
    }
  }

  wordFor(run: Run, { isValid }: { readonly isValid: boolean }): AdmissionWord | undefined {
    const { watches, client, queues } = this.#parts;
    const demand = demandOf(run, client.serverNow());
    // A run that the watch has seen go must not come back into the book.
    if (demand === undefined || watches.run(runKey(run))?.metadata.uid !== demand.uid) return undefined;
    this.#note(run);
    if (demand.standing === 'new' && isValid && !this.#judged.has(demand.uid)) {
      this.#judged.add(demand.uid);
      this.#bell.ring();
    }
    if (demand.standing !== 'new' && demand.standing !== 'waiting') return undefined;
    if (!queues.isSettled()) return undefined;
    if (!isConcerned(demand, queues.index().find(demand.queue, demand.namespace))) return NO_LIMIT;
    return this.#isReady
      ? this.#words.of(demand.uid, demand.revision, demand.standing === 'waiting')
      : undefined;
  }

  problem(): Error | undefined {
    return this.#problem;
  }

  counts(): ReadonlyMap<string, QueueCount> {
    return this.#counts;
  }

  #note(run: Run): void {
    if (this.#book.note(run, this.#parts.client.serverNow())) this.#bell.ring();
  }

  /** Takes the object over and passes, and again after whatever fails, for as long as the term lasts. */
  async #lead(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.#settleQueues(signal);
        await this.#open(signal);
        pauseMs = FIRST_PAUSE_MS;
        await this.#passes(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = error instanceof Error ? error : new Error('admitting runs failed', { cause: error });
        log.warn('admission begins anew', { error });
      }
      this.#close();
      await sleep(clock, pauseMs, signal).catch(() => {});
    }
  }

  /** Before the queues are known no run is told anything. */
  async #settleQueues(signal: AbortSignal): Promise<void> {
    const { clock, queues } = this.#parts;
    while (!queues.isSettled()) await sleep(clock, SETTLE_MS, signal);
    this.onQueues();
  }

  async #open(signal: AbortSignal): Promise<void> {
    await this.#grants.takeOver(signal);
    const gone = new Set<string>();
    this.#gone = gone;
    const unseen = await takeStock(this.#parts, this.#book, gone, signal).finally(() => {
      this.#gone = undefined;
    });
    this.#unseen = { runs: unseen, at: this.#parts.clock.monotonic() + UNSEEN_MS };
    this.#turns = new Map();
    this.#isReady = true;
    this.#problem = undefined;
    this.#bell.ring();
  }

  #close(): void {
    this.#isReady = false;
    this.#grants.clear();
    this.#words.clear();
    this.#statuses.forget();
    this.#counts = new Map();
  }

  async #passes(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    let wakeMs: number | undefined;
    while (!signal.aborted) {
      await this.#bell.wait(wakeMs, signal);
      await sleep(clock, COALESCE_MS, signal);
      await this.#confirmUnseen(signal);
      const startedAt = clock.monotonic();
      wakeMs = await this.#pass(signal);
      await sleep(clock, REST_SHARE * (clock.monotonic() - startedAt), signal);
    }
  }

  /** One pass. Returns when time alone calls for the next one, in ms; undefined: only a change does. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const { client, queues, mayAct } = this.#parts;
    this.#dropAnswered();
    const now = client.serverNow();
    const pass = admissionPass({
      demands: this.#book.demands(),
      lastEnds: this.#book.lastEnds(),
      queues: queues.index(),
      grants: this.#grants.outstanding(),
      isJudged: (uid) => this.#judged.has(uid),
      isMissing: (queue, namespace) => this.#missing.has(queue, namespace),
      turns: this.#turns,
      now,
    });
    if (!mayAct()) return FIRST_PAUSE_MS;
    if (!(await this.#grants.store(pass, signal))) return FIRST_PAUSE_MS;
    if (signal.aborted || !mayAct()) return FIRST_PAUSE_MS;
    this.#publish(pass, signal);
    const isAsking = await this.#askForQueues(pass, signal);
    const wakeMs = pass.wakeAt === undefined ? undefined : Math.max(0, pass.wakeAt - now);
    const unseenMs = this.#unseen === undefined ? undefined : UNSEEN_MS;
    const times = [wakeMs, unseenMs, isAsking ? FIRST_PAUSE_MS : undefined].filter((ms) => ms !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #dropAnswered(): void {
    this.#grants.dropAnswered(this.#book);
    for (const uid of this.#judged) {
      if (this.#book.demand(uid)?.standing !== 'new') this.#judged.delete(uid);
    }
  }

  #publish(pass: AdmissionPass, signal: AbortSignal): void {
    const { add, mode } = this.#parts;
    this.#turns = pass.turns;
    this.#counts = pass.counts;
    for (const uid of this.#words.publish(pass, this.#book)) {
      const demand = this.#book.demand(uid);
      if (demand !== undefined) add(runKeyOf(demand));
    }
    if (mode === 'observe') return;
    this.#statuses.update(pass.counts, signal);
    this.#superseding.end(pass.superseded, signal);
  }

  /** Whether there was anything to ask. */
  async #askForQueues({ unknownQueues }: AdmissionPass, signal: AbortSignal): Promise<boolean> {
    for (const { name, namespace } of unknownQueues) {
      try {
        await this.#missing.ask(name, namespace, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#parts.log.warn('a queue could not be looked up', { queue: name, namespace, error });
      }
    }
    return unknownQueues.length > 0;
  }

  async #confirmUnseen(signal: AbortSignal): Promise<void> {
    if (this.#unseen === undefined || this.#parts.clock.monotonic() < this.#unseen.at) return;
    const still = await confirmUnseen(this.#parts, this.#book, this.#unseen.runs, signal);
    this.#unseen =
      still.length === 0 ? undefined : { runs: still, at: this.#parts.clock.monotonic() + UNSEEN_MS };
  }
}
