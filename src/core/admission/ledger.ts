import type { ResolvedQueue } from '../queue/resolveQueue.ts';
import type { Demand } from './demand.ts';
import { subjectKeyOf } from './order.ts';

/** What a queue holds. */
export interface QueueCount {
  readonly running: number;
  readonly queued: number;
  /** Creation of the run that has waited longest, ms since the epoch; undefined: none waits. */
  readonly oldestQueuedAt: number | undefined;
}

interface Account {
  running: number;
  queued: number;
  oldestQueuedAt: number | undefined;
  readonly byNamespace: Map<string, number>;
  readonly bySubject: Map<string, number>;
}

interface KeyAccount {
  /** The run that has the key: only it may have a main pod. */
  holder: Demand | undefined;
  /** Accepted runs of the key that have not ended, the holder too: mostly one, so that a set is made for two. */
  active: Demand | Set<Demand>;
}

/** Who holds which slots and keys while one pass decides. Counts only go up in a pass: what is held up once stays so. */
export class Ledger {
  readonly #queues = new Map<string, Account>();
  readonly #keys = new Map<string, KeyAccount>();

  /** A run that has a slot, be it only granted. */
  addRunning(demand: Demand, queue: ResolvedQueue | undefined): void {
    if (queue !== undefined) {
      const account = this.#account(queue.id);
      account.running += 1;
      add(account.byNamespace, demand.namespace);
      add(account.bySubject, subjectKeyOf(demand));
    }
    this.hold(demand);
  }

  /** A run that is accepted and waits. */
  addWaiting(demand: Demand, queue: ResolvedQueue | undefined): void {
    if (queue !== undefined) {
      const account = this.#account(queue.id);
      account.queued += 1;
      account.oldestQueuedAt = Math.min(account.oldestQueuedAt ?? demand.createdAt, demand.createdAt);
    }
    this.#activate(demand);
    if (demand.hasStarted) this.hold(demand);
  }

  /** The run has its key from here on. */
  hold(demand: Demand): void {
    const account = this.#activate(demand);
    if (account !== undefined) account.holder ??= demand;
  }

  /** The run gets a slot in this pass. */
  admit(demand: Demand, queue: ResolvedQueue): void {
    if (demand.standing === 'waiting') this.#account(queue.id).queued -= 1;
    this.addRunning(demand, queue);
  }

  /** Who has the key, if it is another run. */
  otherHolder(demand: Demand): Demand | undefined {
    const holder = this.#keyOf(demand)?.holder;
    return holder?.uid === demand.uid ? undefined : holder;
  }

  /** The other accepted runs of the key. */
  *othersActive(demand: Demand): Generator<Demand> {
    const active = this.#keyOf(demand)?.active;
    for (const other of active instanceof Set ? active : [active]) {
      if (other !== undefined && other.uid !== demand.uid) yield other;
    }
  }

  /** One other accepted run of the key, the holder before any other; undefined: there is none. */
  otherActive(demand: Demand): Demand | undefined {
    const holder = this.otherHolder(demand);
    if (holder !== undefined) return holder;
    for (const other of this.othersActive(demand)) return other;
    return undefined;
  }

  running(queue: ResolvedQueue): number {
    return this.#queues.get(queue.id)?.running ?? 0;
  }

  runningOfNamespace(queue: ResolvedQueue, demand: Demand): number {
    return this.#queues.get(queue.id)?.byNamespace.get(demand.namespace) ?? 0;
  }

  runningOfSubject(queue: ResolvedQueue, demand: Demand): number {
    return this.#queues.get(queue.id)?.bySubject.get(subjectKeyOf(demand)) ?? 0;
  }

  queued(queue: ResolvedQueue): number {
    return this.#queues.get(queue.id)?.queued ?? 0;
  }

  count(queue: ResolvedQueue): QueueCount {
    const { running = 0, queued = 0, oldestQueuedAt } = this.#queues.get(queue.id) ?? {};
    return { running, queued, oldestQueuedAt: queued === 0 ? undefined : oldestQueuedAt };
  }

  #account(id: string): Account {
    const known = this.#queues.get(id);
    if (known !== undefined) return known;
    const account = {
      running: 0,
      queued: 0,
      oldestQueuedAt: undefined,
      byNamespace: new Map<string, number>(),
      bySubject: new Map<string, number>(),
    };
    this.#queues.set(id, account);
    return account;
  }

  #keyOf({ dedupe }: Demand): KeyAccount | undefined {
    return dedupe === undefined ? undefined : this.#keys.get(dedupe.key);
  }

  #activate(demand: Demand): KeyAccount | undefined {
    const { dedupe } = demand;
    if (dedupe === undefined) return undefined;
    const known = this.#keys.get(dedupe.key);
    if (known === undefined) {
      const account = { holder: undefined, active: demand };
      this.#keys.set(dedupe.key, account);
      return account;
    }
    if (known.active instanceof Set) known.active.add(demand);
    else if (known.active !== demand) known.active = new Set([known.active, demand]);
    return known;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
