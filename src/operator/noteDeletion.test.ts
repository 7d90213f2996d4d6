import { describe, expect, it } from 'vitest';
import { aPod } from '../core/testing/aPod.ts';
import { NOW } from '../core/testing/fixedClock.ts';
import { noteDeletion } from './noteDeletion.ts';

const running = aPod().running().build();
const going = aPod().running().deletedAt(5).build();
const last = aPod().ended({ exitCode: 0 }).deletedAt(11, 0).build();
const askedAt = NOW + 5_000;

describe('noteDeletion', () => {
  const updated = (previous: typeof going, object: typeof going) =>
    ({ kind: 'updated', key: 'k', object, previous }) as const;

  it('keeps the first sight of a deletion when the last one has moved its time', () => {
    const seen = new Map<string, number>();
    noteDeletion(seen, { kind: 'added', key: 'k', object: running, initial: true });
    expect(seen.size).toBe(0);
    noteDeletion(seen, updated(running, going));
    noteDeletion(seen, updated(going, last));
    expect(seen.get('pod-1')).toBe(askedAt);
  });

  it('keeps the earlier one where a second delete shortens the grace, which moves the time too', () => {
    const seen = new Map<string, number>();
    noteDeletion(seen, updated(running, going));
    noteDeletion(seen, updated(going, aPod().running().deletedAt(8, 1).build()));
    expect(seen.get('pod-1')).toBe(askedAt);
  });

  it('keeps nothing of a pod of which only the last delete was seen, and nothing of one that is gone', () => {
    const seen = new Map<string, number>();
    noteDeletion(seen, updated(running, last));
    expect(seen.size).toBe(0);
    noteDeletion(seen, updated(running, going));
    noteDeletion(seen, { kind: 'deleted', key: 'k', object: last, stale: false });
    expect(seen.size).toBe(0);
  });
});
