import { describe, expect, it } from 'vitest';
import type { AdmissionWord } from '../../admission/word.ts';
import { conditionOf } from '../../run/conditions.ts';
import { aRun } from '../../testing/aRun.ts';
import { NOW } from '../../testing/fixedClock.ts';
import { World } from '../../testing/world.ts';

const LIMIT: AdmissionWord = {
  kind: 'waits',
  reason: 'LimitReached',
  message: 'queue q runs 1 of at most 1',
};
const world = (admission: AdmissionWord | undefined) => {
  const begun = new World(aRun().withHandler().build());
  begun.admission = admission;
  return begun.settle();
};

describe('admission of a run', () => {
  it('leaves a run alone while nobody has decided on it', () => {
    const undecided = world(undefined);
    expect(undecided.writes).toEqual([]);
    expect(undecided.run?.status).toBeUndefined();
  });

  it('accepts a run that must wait, and says why, once', () => {
    const waiting = world(LIMIT);
    expect(waiting.run?.status).toMatchObject({ phase: 'Queued', exit: { owed: true } });
    expect(conditionOf(waiting.run?.status, 'Accepted')?.status).toBe('True');
    expect(conditionOf(waiting.run?.status, 'Admitted')).toMatchObject({
      status: 'False',
      reason: 'LimitReached',
      message: 'queue q runs 1 of at most 1',
    });
    waiting.admission = { ...LIMIT, message: 'queue q runs 2 of at most 2' };
    waiting.settle();
    expect(waiting.writes).toEqual(['status Queued']);
    waiting.admission = { kind: 'waits', reason: 'DuplicateWaits', message: 'run x has its key' };
    waiting.settle();
    expect(waiting.writes).toHaveLength(2);
    expect(conditionOf(waiting.run?.status, 'Admitted')?.reason).toBe('DuplicateWaits');
  });

  it('lets it start once it has a slot', () => {
    const waiting = world(LIMIT);
    waiting.admission = { kind: 'admitted', rule: 'Slot' };
    waiting.settle();
    expect(waiting.run?.status?.phase).toBe('Pending');
    expect(conditionOf(waiting.run?.status, 'Admitted')).toMatchObject({ status: 'True', reason: 'Slot' });
  });

  it('refuses a run for another one, names it, and owes nothing', () => {
    const joined = world({ kind: 'refused', reason: 'Joined', message: 'run x does the same', other: 'x' });
    expect(joined.run?.status).toMatchObject({ phase: 'Refused', reason: 'Joined', joined: 'x' });
    for (const [type, status] of [
      ['Accepted', 'False'],
      ['Finished', 'True'],
    ] as const) {
      expect(conditionOf(joined.run?.status, type)).toMatchObject({ status, reason: 'Joined' });
    }
    expect(joined.run?.status?.exit).toBeUndefined();
    expect(joined.run?.metadata.finalizers).toEqual([]);
    expect(joined.pods).toEqual([]);
  });

  it('says from when on a refused run is worth another try', () => {
    const word = {
      kind: 'refused',
      reason: 'BackoffAfterFailure',
      message: 'failed',
      retryAt: NOW + 5_000,
    } as const;
    expect(world(word).run?.status?.retryAt).toBe(new Date(NOW + 5_000).toISOString());
  });

  it('refuses no run that is accepted already', () => {
    const waiting = world(LIMIT);
    waiting.admission = { kind: 'refused', reason: 'QueueFull', message: 'full' };
    waiting.settle();
    expect(waiting.run?.status?.phase).toBe('Queued');
  });
});
