import { describe, expect, it } from 'vitest';
import { beyondHistory } from './history.ts';
import type { Child } from './view.ts';

function child(name: string, given: Partial<Child> = {}): Child {
  const createdAt = Number(name) * 1000;
  return {
    name,
    uid: name,
    slot: createdAt,
    createdAt,
    state: 'succeeded',
    isOver: true,
    isGoing: false,
    ...given,
  };
}

describe('beyondHistory', () => {
  it('takes the oldest of each sort beyond what is kept', () => {
    const failed = { state: 'failed' } as const;
    const children = [child('1'), child('4'), child('2', failed), child('3', failed), child('5')];
    const names = beyondHistory(children, { succeeded: 1, failed: 1 }).map(({ name }) => name);
    expect(names).toEqual(['4', '1', '2']);
  });

  it('never takes what is alive, what still owes something, or what goes already', () => {
    const children = [
      child('1', { state: 'active', isOver: false }),
      child('2', { isOver: false }),
      child('3', { isGoing: true }),
    ];
    expect(beyondHistory(children, { succeeded: 0, failed: 0 })).toEqual([]);
  });

  it('counts what somebody triggered as it does the rest', () => {
    const children = [child('1', { slot: undefined }), child('2')];
    expect(beyondHistory(children, { succeeded: 1, failed: 3 }).map(({ name }) => name)).toEqual(['1']);
  });
});
