import { describe, expect, it } from 'vitest';
import { LANE_BUDGETS, laneBudgets } from './laneBudgets.ts';

describe('laneBudgets', () => {
  it('lets the next one in only when a slot is given back, in order', async () => {
    const lanes = laneBudgets({ ...LANE_BUDGETS, create: 1 });
    const release = await lanes.acquire('create');
    const entered: string[] = [];
    const first = lanes.acquire('create').then((give) => {
      entered.push('first');
      return give;
    });
    const second = lanes.acquire('create').then((give) => {
      entered.push('second');
      return give;
    });
    await lanes.acquire('lease');
    expect(entered).toEqual([]);
    release();
    release();
    (await first)();
    await second;
    expect(entered).toEqual(['first', 'second']);
  });

  it('lets an aborted one go and gives its place to the next', async () => {
    const lanes = laneBudgets({ ...LANE_BUDGETS, read: 1 });
    const release = await lanes.acquire('read');
    const abort = new AbortController();
    const left = lanes.acquire('read', abort.signal);
    const next = lanes.acquire('read');
    abort.abort(new Error('stop'));
    await expect(left).rejects.toThrow('stop');
    release();
    await next;
  });
});
