import { describe, expect, it } from 'vitest';
import { sleep } from '../clock.ts';
import { virtualClock } from './virtualClock.ts';

describe('virtualClock', () => {
  it('fires timers in order of due time, of equals the one set first, each at its own time', async () => {
    const clock = virtualClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    await clock.advance(15);
    expect(fired).toEqual(['first@1010', 'second@1010']);
    await clock.advance(5);
    expect(fired).toEqual(['first@1010', 'second@1010', 'late@1020']);
    expect(clock.now()).toBe(1_020);
  });

  it('fires what a timer set going within the same advance', async () => {
    const clock = virtualClock();
    let laps = 0;
    const loop = async () => {
      for (; laps < 5; laps++) await sleep(clock, 10);
    };
    void loop();
    await clock.advance(50);
    expect(laps).toBe(5);
    expect(clock.timers()).toBe(0);
  });

  it('never fires a cancelled timer', async () => {
    const clock = virtualClock();
    let fired = false;
    const timer = clock.after(10, () => {
      fired = true;
    });
    timer.cancel();
    timer.cancel();
    await clock.advance(100);
    expect(fired).toBe(false);
  });

  it('fires overdue timers late after a pause', async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    clock.after(10, () => fired.push(clock.monotonic()));
    clock.pause(1_000);
    expect(fired).toEqual([]);
    await clock.advance(0);
    expect(fired).toEqual([1_000]);
  });

  it('moves wall time without monotonic time', () => {
    const clock = virtualClock(5_000);
    clock.shiftWall(-2_000);
    expect([clock.now(), clock.monotonic()]).toEqual([3_000, 0]);
  });
});
