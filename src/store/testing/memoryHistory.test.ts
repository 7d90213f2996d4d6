import { describe, expect, it } from 'vitest';
import { describeHistory } from './historyPromises.ts';
import { MemoryHistory } from './memoryHistory.ts';

describeHistory('MemoryHistory', async () => new MemoryHistory());

describe('MemoryHistory', () => {
  it('rejects every call while it is away', async () => {
    const history = new MemoryHistory();
    history.failure = new Error('away');
    await expect(history.list({ limit: 1 })).rejects.toThrow('away');
    expect(history.problem()).toBe(history.failure);
  });
});
