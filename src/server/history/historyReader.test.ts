import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { StoreUnavailable } from '../../store/errors.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import { historyReader } from './historyReader.ts';

/** A history whose questions wait until it is open. */
class LateHistory extends MemoryHistory {
  open = () => {};
  #isOpen = false;
  readonly #opened = new Promise<void>((resolve) => {
    this.open = () => {
      this.#isOpen = true;
      resolve();
    };
  });

  override isOpen(): boolean {
    return this.#isOpen;
  }

  override async evidenceOf(uid: string) {
    await this.#opened;
    return super.evidenceOf(uid);
  }
}

function world() {
  const clock = virtualClock();
  const history = new LateHistory();
  return { clock, history, reader: historyReader(history, clock) };
}

describe('historyReader', () => {
  it('says within a second that the history is being opened, and answers once it is', async () => {
    const { clock, history, reader } = world();
    const refused = expect(reader.evidenceOf('x')).rejects.toMatchObject({ name: 'StoreOpening' });
    await clock.advance(1000);
    await refused;
    history.open();
    expect(await reader.evidenceOf('x')).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  it('waits for one that is opened meanwhile, however slow its answer is', async () => {
    const { clock, history, reader } = world();
    const answer = reader.evidenceOf('x');
    await clock.advance(900);
    history.open();
    await clock.advance(60_000);
    expect(await answer).toEqual([]);
  });

  it('says what keeps it from being opened, where that is known', async () => {
    const { clock, history, reader } = world();
    history.failure = new StoreUnavailable('opening the database: no route', 'It is tried again');
    const refused = expect(reader.evidenceOf('x')).rejects.toThrow('no route');
    await clock.advance(1000);
    await refused;
  });
});
