import { hasLimit, type QueueIndex, type ResolvedQueue } from '../queue/resolveQueue.ts';
import type { Demand } from './demand.ts';
import { Heap } from './heap.ts';
import { type Hold, holdOf, isFull, superseded, takesPlace } from './hold.ts';
import { Ledger, type QueueCount } from './ledger.ts';
import { byAge, byPriority, inOrder } from './order.ts';
import { fullRefusal, keyRefusal, type LastEnd } from './refusal.ts';
import type { AdmissionWord } from './word.ts';

/** A promise that spans objects: stored in the batch before the status that it allows is written. */
export interface Grant {
  readonly uid: string;
  /** `Admit`: it has a slot and its key. `Accept`: it is accepted and waits, which takes a place or a key. */
  readonly kind: 'Accept' | 'Admit';
  /** It stands for this revision of the status only: any later one is the answer to it. */
  readonly revision: number;
}

/** Everything that a pass looks at. */
export interface AdmissionState {
  /** All runs that have not ended. */
  readonly demands: Iterable<Demand>;
  /** By dedupe key. */
  readonly lastEnds: ReadonlyMap<string, LastEnd>;
  readonly queues: QueueIndex;
  /** Granted, and the status write not answered yet; by UID. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Whether a run that is not accepted yet may be: its spec was found to be valid. */
  readonly isJudged: (uid: string) => boolean;
  /** Whether a fresh read said that there is no such queue for runs of a namespace. */
  readonly isMissing: (queue: string, namespace: string) => boolean;
  /** Admissions of a queue since one went by age alone, by queue id. */
  readonly turns: ReadonlyMap<string, number>;
  /** API server's time, ms since the epoch. */
  readonly now: number;
}

/** What a pass decided. Nothing of it may be told before `grants` are stored. */
export interface AdmissionPass {
  /** By UID: every run that waits and that a limit or a key concerns, as far as it is decided. */
  readonly words: ReadonlyMap<string, AdmissionWord>;
  /** New ones only. */
  readonly grants: readonly Grant[];
  /** Runs to cancel, each for the one that takes its place. */
  readonly superseded: readonly { readonly victim: Demand; readonly by: Demand }[];
  /** Queues that runs name and that nobody knows: to be asked for. */
  readonly unknownQueues: readonly { readonly name: string; readonly namespace: string }[];
  /** By queue id. */
  readonly counts: ReadonlyMap<string, QueueCount>;
  readonly turns: ReadonlyMap<string, number>;
  /** When time alone may change something, ms since the epoch. */
  readonly wakeAt: number | undefined;
}

/** Outstanding grants at once: they fit one object of 40 KB, and no status write waits long for its turn. */
export const MAX_GRANTS = 500;

/** Of so many admissions of a queue one goes by age alone … */
const AGE_TURN = 10;

/** … to a run that has waited so long: before that, priority and fairness are what was asked for. */
const AGE_TURN_AFTER_MS = 600_000;

/** Whether any limit or key has a say on this run. */
export function isConcerned(demand: Demand, queue: ResolvedQueue | undefined): boolean {
  return demand.dedupe !== undefined || queue === undefined || hasLimit(queue.spec);
}

/**
 * Decides which of the waiting runs start, which are accepted and wait, and which are refused. First whoever can start
 * does, in the order of its queue: one that can't holds up nobody behind it, and takes the next slot that fits it, for
 * it stands before them. Nobody starves: of ten admissions one goes to the run that has waited longest. Pure.
 */
export function admissionPass(state: AdmissionState): AdmissionPass {
  const pass = new Pass(state);
  pass.count();
  pass.admit();
  pass.settle();
  return pass.result();
}

/** Runs of one queue that wait. */
interface Line {
  readonly queue: ResolvedQueue;
  readonly demands: Demand[];
}

class Pass {
  readonly #state: AdmissionState;
  readonly #ledger = new Ledger();
  readonly #lines = new Map<string, Line>();
  readonly #words = new Map<string, AdmissionWord>();
  readonly #grants: Grant[] = [];
  readonly #turns: Map<string, number>;
  /** By key, the last of those that take the place of others: it ends all that were there before it. */
  readonly #replacing = new Map<string, Demand>();
  readonly #unplaced: Demand[] = [];
  #outstanding = 0;
  #wakeAt: number | undefined;

  constructor(state: AdmissionState) {
    this.#state = state;
    this.#turns = new Map(state.turns);
  }

  /** Enters who holds what, and lines up who waits. */
  count(): void {
    const { demands, queues, grants } = this.#state;
    for (const demand of demands) {
      const queue = queues.find(demand.queue, demand.namespace);
      const grant = grants.get(demand.uid);
      const kind = grant?.revision === demand.revision ? grant.kind : undefined;
      if (kind !== undefined) this.#outstanding += 1;
      this.#enter(demand, queue, kind);
      this.#noteReplacing(demand);
    }
  }

  #noteReplacing(demand: Demand): void {
    if (demand.dedupe === undefined || !takesPlace(demand)) return;
    const { key } = demand.dedupe;
    const last = this.#replacing.get(key);
    if (last === undefined || byAge(last, demand) < 0) this.#replacing.set(key, demand);
  }

  #enter(demand: Demand, queue: ResolvedQueue | undefined, grant: Grant['kind'] | undefined): void {
    const { standing } = demand;
    if (standing === 'exiting') this.#ledger.hold(demand);
    else if (standing === 'main') this.#ledger.addRunning(demand, queue);
    else if (grant === 'Admit') {
      this.#ledger.addRunning(demand, queue);
      this.#words.set(demand.uid, { kind: 'admitted', rule: 'Slot' });
    } else {
      if (standing === 'waiting' || grant === 'Accept') this.#ledger.addWaiting(demand, queue);
      if (demand.isLeftAlone) return;
      if (queue === undefined) this.#unplaced.push(demand);
      else if (isConcerned(demand, queue)) this.#lineUp(demand, queue);
    }
  }

  #lineUp(demand: Demand, queue: ResolvedQueue): void {
    if (demand.standing === 'new' && !this.#state.isJudged(demand.uid)) return;
    const line = this.#lines.get(queue.id);
    if (line !== undefined) line.demands.push(demand);
    else this.#lines.set(queue.id, { queue, demands: [demand] });
  }

  /** Gives out the slots that are free. */
  admit(): void {
    for (const id of [...this.#lines.keys()].sort()) {
      const line = this.#lines.get(id);
      if (line !== undefined) this.#admitLine(line);
    }
  }

  #admitLine({ queue, demands }: Line): void {
    if (isFull(queue, this.#ledger)) return;
    const { now } = this.#state;
    const ready = demands.filter((demand) => this.#canStart(demand, queue));
    const next = this.#inOrder(ready, queue);
    const aged = new Heap(
      ready.filter(({ createdAt }) => now - createdAt >= AGE_TURN_AFTER_MS),
      byAge,
    );
    while (!isFull(queue, this.#ledger)) {
      const turn = this.#turns.get(queue.id) ?? 0;
      const isAgeTurn = turn >= AGE_TURN - 1 && !aged.isEmpty;
      const demand = isAgeTurn ? aged.take() : next();
      if (demand === undefined) return;
      if (this.#canStart(demand, queue)) {
        this.#grantSlot(demand, queue);
        this.#turns.set(queue.id, isAgeTurn ? 0 : Math.min(turn + 1, AGE_TURN));
      }
    }
  }

  /** One after the other, in the order of the queue. */
  #inOrder(ready: readonly Demand[], queue: ResolvedQueue): () => Demand | undefined {
    if (queue.spec.order !== 'FairBySubject') {
      const heap = new Heap(ready, byPriority);
      return () => heap.take();
    }
    const running = (demand: Demand) => this.#ledger.runningOfSubject(queue, demand);
    const order = inOrder(ready, queue.spec.order, running).values();
    return () => order.next().value;
  }

  #canStart(demand: Demand, queue: ResolvedQueue): boolean {
    const { grants, now } = this.#state;
    return (
      !this.#words.has(demand.uid) &&
      !demand.isStopping &&
      grants.get(demand.uid)?.revision !== demand.revision &&
      this.#outstanding < MAX_GRANTS &&
      holdOf(demand, queue, this.#ledger, now) === undefined &&
      this.#keyRefusal(demand) === undefined
    );
  }

  #grantSlot(demand: Demand, queue: ResolvedQueue): void {
    this.#ledger.admit(demand, queue);
    this.#grant(demand, 'Admit');
    this.#words.set(demand.uid, { kind: 'admitted', rule: 'Slot' });
  }

  #grant({ uid, revision }: Demand, kind: Grant['kind']): void {
    this.#grants.push({ uid, kind, revision });
    this.#outstanding += 1;
  }

  /** Says to everybody else why it waits, or that it is not taken. */
  settle(): void {
    for (const { queue, demands } of this.#lines.values()) {
      const rest = demands.filter(({ uid }) => !this.#words.has(uid));
      for (const demand of rest.filter(({ standing }) => standing === 'waiting')) this.#wait(demand, queue);
      for (const demand of rest.filter(({ standing }) => standing === 'new').sort(byAge)) {
        this.#judgeNew(demand, queue);
      }
    }
    for (const demand of this.#unplaced) this.#judgeUnplaced(demand);
  }

  #wait(demand: Demand, queue: ResolvedQueue): void {
    const hold = holdOf(demand, queue, this.#ledger, this.#state.now);
    if (hold?.reason === 'RetryWaits') this.#wake(demand.retryAt);
    this.#words.set(demand.uid, waitWord(hold));
  }

  #judgeNew(demand: Demand, queue: ResolvedQueue): void {
    const { grants, now } = this.#state;
    const hold = holdOf(demand, queue, this.#ledger, now);
    if (grants.get(demand.uid)?.revision === demand.revision) {
      this.#words.set(demand.uid, waitWord(hold));
      return;
    }
    const refusal =
      this.#keyRefusal(demand) ?? (demand.isStopping ? undefined : fullRefusal(queue, hold, this.#ledger));
    if (refusal !== undefined) {
      this.#words.set(demand.uid, refusal);
      return;
    }
    const needsGrant = queue.spec.maxQueued !== undefined || (demand.dedupe?.policy ?? 'Queue') !== 'Queue';
    if (this.#outstanding >= MAX_GRANTS && (needsGrant || hold === undefined)) return;
    if (needsGrant) this.#grant(demand, 'Accept');
    this.#ledger.addWaiting(demand, queue);
    this.#words.set(demand.uid, waitWord(hold));
  }

  #judgeUnplaced(demand: Demand): void {
    const { queue, namespace, standing, uid } = demand;
    if (standing === 'waiting') {
      const message = `there is no queue ${queue} any more, in namespace ${namespace} or in the operator's`;
      this.#words.set(uid, { kind: 'waits', reason: 'QueueMissing', message });
    } else if (this.#state.isMissing(queue, namespace)) {
      const known = [...new Set(this.#state.queues.all().map(({ name }) => name))].slice(0, 10);
      const message = `spec.queue: there is no queue ${queue} in namespace ${namespace} or in the operator's; there are ${known.join(', ')}`;
      this.#words.set(uid, { kind: 'refused', reason: 'SpecInvalid', message });
    }
  }

  #keyRefusal(demand: Demand) {
    const { lastEnds, now } = this.#state;
    const lastEnd = demand.dedupe === undefined ? undefined : lastEnds.get(demand.dedupe.key);
    return keyRefusal(demand, this.#ledger, lastEnd, now);
  }

  #wake(at: number | undefined): void {
    if (at !== undefined) this.#wakeAt = Math.min(this.#wakeAt ?? at, at);
  }

  result(): AdmissionPass {
    const { queues, isMissing } = this.#state;
    const unknown = this.#unplaced
      .filter(({ standing, queue, namespace }) => standing === 'new' && !isMissing(queue, namespace))
      .map(({ queue, namespace }) => ({ name: queue, namespace }));
    return {
      words: this.#words,
      grants: this.#grants,
      superseded: [...this.#replacing.values()].flatMap((by) =>
        superseded(by, this.#ledger).map((victim) => ({ victim, by })),
      ),
      unknownQueues: [...new Map(unknown.map((one) => [`${one.namespace}/${one.name}`, one])).values()],
      counts: new Map(queues.all().map((queue) => [queue.id, this.#ledger.count(queue)])),
      turns: this.#turns,
      wakeAt: this.#wakeAt,
    };
  }
}

function waitWord(hold: Hold | undefined): AdmissionWord {
  return hold === undefined
    ? {
        kind: 'waits',
        reason: 'LimitReached',
        message: `the operator starts ${MAX_GRANTS} runs at once at most`,
      }
    : { kind: 'waits', reason: hold.reason, message: hold.message };
}
