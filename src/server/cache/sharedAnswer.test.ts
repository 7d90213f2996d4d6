import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { SharedAnswer } from './sharedAnswer.ts';

/** Answers with how often it was worked out; each time takes so many ms. */
function counting(ms: number) {
  const clock = virtualClock();
  let count = 0;
  let problem: Error | undefined;
  const read = () => (problem === undefined ? Promise.resolve() : Promise.reject(problem));
  const answer = new SharedAnswer(clock, read, () => {
    clock.pause(ms);
    count += 1;
    return count;
  });
  const fail = (error: Error | undefined) => {
    problem = error;
  };
  return { clock, answer, fail };
}

describe('SharedAnswer', () => {
  it('is worked out once for all who ask at the same time', async () => {
    const { answer } = counting(0);
    expect(await Promise.all([answer.get(), answer.get(), answer.get()])).toEqual([1, 1, 1]);
  });

  it('is given out for nine times as long as it took, and then worked out anew', async () => {
    const { answer, clock } = counting(100);
    await answer.get();
    await clock.advance(899);
    expect(await answer.get()).toBe(1);
    await clock.advance(1);
    expect(await answer.get()).toBe(2);
  });

  it('that took no time is as new as the question', async () => {
    const { answer } = counting(0);
    expect([await answer.get(), await answer.get()]).toEqual([1, 2]);
  });

  it('that could not be read is no answer to those who ask later', async () => {
    const { answer, fail } = counting(0);
    fail(new Error('away'));
    await expect(answer.get()).rejects.toThrow('away');
    fail(undefined);
    expect(await answer.get()).toBe(1);
  });
});
