import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { StoreFull } from '../../store/errors.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import type { Api } from '../http/api.ts';
import { historyReader } from './historyReader.ts';
import { historyState } from './historyState.ts';

/** Answers questions, and has no room for more. */
class FullHistory extends MemoryHistory {
  override problem(): Error {
    return new StoreFull('recording runs: No space left on device', 'Give the database room');
  }
}

class ClosedHistory extends MemoryHistory {
  override isOpen(): boolean {
    return false;
  }

  override ready(): Promise<never> {
    return new Promise(() => {});
  }

  override problem(): undefined {
    return undefined;
  }
}

const stateOf = (history: MemoryHistory, clock = virtualClock()) =>
  historyState({ stores: { history: historyReader(history, clock), logs: undefined } } as unknown as Api);

describe('historyState', () => {
  it('says of one that answers and takes nothing that it has no room', async () => {
    const problem = 'recording runs: No space left on device. Give the database room';
    expect(await stateOf(new FullHistory())).toMatchObject({ body: { opening: false, problem } });
  });

  it('says within a second that it is being opened, which is no problem', async () => {
    const clock = virtualClock();
    const state = stateOf(new ClosedHistory(), clock);
    await clock.advance(1000);
    expect(await state).toMatchObject({ body: { configured: true, opening: true, problem: null } });
  });
});
