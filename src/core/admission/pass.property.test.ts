import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueueSpec } from '../queue/queue.ts';
import { QueueIndex } from '../queue/resolveQueue.ts';
import { NOW } from '../testing/fixedClock.ts';
import type { Demand, Policy } from './demand.ts';
import { admissionPass, type Grant, isConcerned } from './pass.ts';
import { aNewDemand, aQueue } from './testing/aDemand.ts';

interface Ask {
  readonly queue: 'p' | 'f';
  readonly priority: number;
  readonly subject: number;
  readonly policy: Policy | undefined;
  readonly arrives: number;
}

/** What happens between two passes: which of the answers arrive, and which mains and handlers end. */
interface Turn {
  readonly answers: number;
  readonly ends: number;
  readonly newLeader: boolean;
}

const spec: fc.Arbitrary<QueueSpec> = fc.record(
  {
    maxRunning: fc.integer({ min: 1, max: 4 }),
    maxRunningPerSubject: fc.integer({ min: 1, max: 2 }),
    maxQueued: fc.integer({ min: 0, max: 6 }),
    whenFull: fc.constantFrom('Queue', 'Reject'),
    order: fc.constantFrom('Priority', 'FairBySubject'),
  },
  { requiredKeys: [] },
);
const ask: fc.Arbitrary<Ask> = fc.record({
  queue: fc.constantFrom('p', 'f'),
  priority: fc.integer({ min: -2, max: 2 }),
  subject: fc.integer({ min: 0, max: 3 }),
  policy: fc.constantFrom(undefined, 'Queue', 'Join', 'Reject', 'Replace'),
  arrives: fc.integer({ min: 0, max: 12 }),
});
const turn: fc.Arbitrary<Turn> = fc.record({
  answers: fc.nat(),
  ends: fc.nat(),
  newLeader: fc.boolean(),
});

/** Runs and the leaders that decide on them; answers are lost and late, and leaders change, as the numbers of a turn say. */
class World {
  readonly runs = new Map<string, Demand>();
  readonly refused = new Set<string>();
  readonly ended = new Set<string>();
  readonly #queues: QueueIndex;
  readonly #specs: Readonly<Record<string, QueueSpec>>;
  /** As the object of admission holds them. */
  #grants = new Map<string, Grant>();
  #turns: ReadonlyMap<string, number> = new Map();

  constructor(specs: Readonly<Record<string, QueueSpec>>) {
    this.#specs = specs;
    this.#queues = new QueueIndex(
      Object.entries(specs).map(([name, of]) => aQueue(name, of)),
      'endwell-system',
    );
  }

  arrive(name: string, { queue, priority, subject, policy }: Ask, time: number): void {
    const dedupe =
      policy === undefined ? undefined : { key: `k${subject}`, text: 'key', policy, afterFailureSeconds: 0 };
    const createdAt = NOW + time * 1000;
    this.runs.set(name, aNewDemand(name, { queue, priority, subject: `s${subject}`, dedupe, createdAt }));
  }

  pass(time: number, { answers, newLeader }: Turn): void {
    // A new leader knows no more than what is stored.
    if (newLeader) this.#turns = new Map();
    const state = {
      demands: [...this.runs.values()],
      lastEnds: new Map(),
      queues: this.#queues,
      grants: this.#grants,
      isJudged: () => true,
      isMissing: () => false,
      turns: this.#turns,
      now: NOW + time * 1000,
    };
    const pass = admissionPass(state);
    expect(admissionPass({ ...state, demands: [...state.demands].reverse() }).grants).toEqual(
      expect.arrayContaining([...pass.grants]),
    );
    for (const grant of pass.grants) this.#grants.set(grant.uid, grant);
    this.#turns = pass.turns;
    this.check();
    [...pass.words].forEach(([uid, word], index) => {
      const name = uid.slice('uid-'.length);
      const run = this.runs.get(name);
      if (run === undefined || isLost(answers, index)) return;
      if (word.kind === 'refused') {
        this.runs.delete(name);
        this.refused.add(name);
      } else if (word.kind === 'admitted') this.#change(run, { standing: 'main', hasStarted: true });
      else if (run.standing === 'new') this.#change(run, { standing: 'waiting' });
    });
    for (const run of this.runs.values()) {
      const isFree = !isConcerned(run, this.#queues.find(run.queue, run.namespace));
      const waits = run.standing === 'new' || run.standing === 'waiting';
      if (isFree && waits && !run.isStopping) this.#change(run, { standing: 'main', hasStarted: true });
    }
    for (const { victim } of pass.superseded) {
      const run = this.runs.get(victim.name);
      if (run !== undefined) this.runs.set(victim.name, { ...run, isStopping: true });
    }
    this.check();
  }

  /** Mains end, then handlers; what waits and is to stop ends too. */
  end({ ends }: Turn): void {
    [...this.runs.values()].forEach((run, index) => {
      if (isLost(ends, index)) return;
      if (run.standing === 'exiting' || (run.isStopping && run.standing === 'waiting')) {
        this.runs.delete(run.name);
        this.ended.add(run.name);
        this.#grants.delete(run.uid);
      } else if (run.standing === 'main') this.#change(run, { standing: 'exiting' });
    });
  }

  /** No limit is passed and no key held twice, granted ones counted. */
  check(): void {
    const holding = [...this.runs.values()].filter((run) => this.#hasSlot(run));
    for (const [name, { maxRunning = 99, maxRunningPerSubject = 99 }] of Object.entries(this.#specs)) {
      const ofQueue = holding.filter(({ queue }) => queue === name);
      expect(ofQueue.length).toBeLessThanOrEqual(maxRunning);
      for (const subject of new Set(ofQueue.map((run) => run.subject))) {
        const ofSubject = ofQueue.filter((run) => run.subject === subject);
        expect(ofSubject.length).toBeLessThanOrEqual(maxRunningPerSubject);
      }
    }
    const keys = [...this.runs.values()]
      .filter((run) => run.dedupe !== undefined && (this.#hasSlot(run) || run.standing === 'exiting'))
      .map(({ dedupe }) => dedupe?.key);
    expect(keys).toEqual([...new Set(keys)]);
  }

  #hasSlot({ uid, standing, revision }: Demand): boolean {
    const grant = this.#grants.get(uid);
    return standing === 'main' || (grant?.kind === 'Admit' && grant.revision === revision);
  }

  #change(run: Demand, change: Partial<Demand>): void {
    this.runs.set(run.name, { ...run, ...change, revision: run.revision + 1 });
  }
}

/** Whether the turn's number says that this one is late. */
function isLost(number: number, index: number): boolean {
  return ((number >> (index % 30)) & 1) === 1;
}

const QUIET: Turn = { answers: 0, ends: 0, newLeader: false };

describe('admissionPass', () => {
  it('passes no limit, gives no key twice, and in the end has let everybody through or said no', () => {
    fc.assert(
      fc.property(
        spec,
        spec,
        fc.array(ask, { minLength: 1, maxLength: 20 }),
        fc.array(turn, { maxLength: 12 }),
        (p, f, asks, turns) => {
          const world = new World({ p, f });
          for (let time = 0; time < 13 || world.runs.size > 0; time += 1) {
            asks.forEach((one, index) => one.arrives === time && world.arrive(`r${index}`, one, time));
            const now = turns[time] ?? QUIET;
            world.pass(time, now);
            world.end(now);
            if (time > 200) throw new Error(`still there: ${JSON.stringify([...world.runs.values()])}`);
          }
          expect(world.ended.size + world.refused.size).toBe(asks.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('lets a run of low priority start however many of a higher one keep coming', () => {
    const world = new World({ p: { maxRunning: 1 }, f: {} });
    const ask: Ask = { queue: 'p', priority: -1, subject: 0, policy: undefined, arrives: 0 };
    world.arrive('patient', ask, -601);
    let time = 0;
    for (; world.runs.has('patient') && time < 100; time += 1) {
      world.arrive(`urgent${time}`, { ...ask, priority: 9, subject: 1 }, time);
      world.pass(time, QUIET);
      world.end(QUIET);
    }
    expect(time).toBeLessThan(30);
  });
});
