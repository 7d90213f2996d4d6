import { describe, expect, it } from 'vitest';
import { at, NOW } from '../testing/fixedClock.ts';
import { timeText } from './conditions.ts';
import { orderedTimeline } from './timeline.ts';

const admittedAt = timeText(NOW + 700);

describe('orderedTimeline', () => {
  it('moves a stamp that was cut to seconds up to the one before it', () => {
    const next = { admittedAt, startedAt: at(0) };
    expect(orderedTimeline({ admittedAt }, next, NOW + 900)).toEqual({ admittedAt, startedAt: admittedAt });
  });

  it('moves a stamp of a node whose clock is ahead back to when we learned of it', () => {
    const next = { admittedAt, startedAt: at(300), exitStartedAt: timeText(NOW + 2000) };
    const learned = timeText(NOW + 2000);
    expect(orderedTimeline({ admittedAt }, next, NOW + 2000)).toEqual({
      admittedAt,
      startedAt: learned,
      exitStartedAt: learned,
    });
  });

  it('leaves a stamp that is plausible as it was written', () => {
    const next = { admittedAt, startedAt: at(1) };
    expect(orderedTimeline({ admittedAt }, next, NOW + 5000)).toEqual(next);
  });

  it('never moves what is stored, though our own clock may since have gone back', () => {
    const stored = { admittedAt, startedAt: at(9) };
    const next = { ...stored, finishedAt: at(5) };
    expect(orderedTimeline(stored, next, NOW + 6000)).toEqual({
      ...stored,
      finishedAt: timeText(NOW + 9000),
    });
  });
});
