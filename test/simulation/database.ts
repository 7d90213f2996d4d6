import { sleep } from '../../src/ports/clock.ts';
import { StoreUnavailable } from '../../src/store/errors.ts';
import { MemoryHistory } from '../../src/store/testing/memoryHistory.ts';
import type { HistoryStore } from '../../src/store/types.ts';
import type { Chance } from './chance.ts';
import type { Effects } from './effects.ts';
import type { SimProcess } from './simProcess.ts';

/** How a database is away: it refuses connections, or takes them and never answers while it is. */
export type Outage = 'refuses' | 'hangs';

/** One way to the database takes so long at most, ms. */
const LONGEST_WAY_MS = 10;

/** What a client answers by itself, without the database. */
const LOCAL: ReadonlySet<PropertyKey> = new Set<keyof HistoryStore>(['problem', 'isOpen', 'close']);

/** The database of a simulation: it loses nothing that it stored, and is away or slow at times. */
export class Database {
  /** What is really stored. */
  readonly history = new MemoryHistory();
  readonly #effects: Effects;
  #outage: { readonly how: Outage; readonly untilMs: number } | undefined;
  #slow: { readonly byMs: number; readonly untilMs: number } | undefined;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** Away until then (ms of the simulation's time). */
  down(how: Outage, untilMs: number): void {
    this.#outage = { how, untilMs };
  }

  slow(byMs: number, untilMs: number): void {
    this.#slow = { byMs, untilMs };
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#outage = undefined;
    this.#slow = undefined;
  }

  /** The port, as one process has it; `nowMs` is the simulation's time. */
  connect(process: SimProcess, nowMs: () => number, chance: Chance): HistoryStore {
    const way = async () => {
      const slow = this.#slow !== undefined && nowMs() < this.#slow.untilMs ? this.#slow.byMs : 0;
      if (slow > 0) this.#effects.add('database slow');
      await sleep(process.clock, chance.int(0, LONGEST_WAY_MS) + slow);
      await process.running();
    };
    const away = async () => {
      const outage = this.#outage;
      const leftMs = outage === undefined ? 0 : outage.untilMs - nowMs();
      if (leftMs <= 0) return;
      this.#effects.add('database down');
      if (outage?.how === 'hangs') await sleep(process.clock, leftMs);
      throw new StoreUnavailable('asking the database: it is down', 'The simulation brings it back');
    };
    // What is on its way when the database goes has been stored, and nobody hears of it.
    const ask = async (work: () => Promise<unknown>) => {
      await way();
      await away();
      const answer = await work();
      await way();
      await away();
      return answer;
    };
    return new Proxy<HistoryStore>(this.history, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || LOCAL.has(name)) return member;
        return (...given: unknown[]) => ask(() => Reflect.apply(member, target, given) as Promise<unknown>);
      },
    });
  }
}
