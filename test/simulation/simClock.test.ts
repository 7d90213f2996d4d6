import { describe, expect, it } from 'vitest';
import { simClock } from './simClock.ts';

describe('simClock', () => {
  it('lets what one timer sets going settle before the next fires, be they due together', async () => {
    const clock = simClock(0);
    const seen: string[] = [];
    for (const name of ['first', 'second']) {
      clock.after(10, () => {
        seen.push(name);
        void chain(20).then(() => seen.push(`${name} settled`));
      });
    }
    await clock.run(100);
    expect(seen).toEqual(['first', 'first settled', 'second', 'second settled']);
    expect(clock.monotonic()).toBe(100);
  });

  it('asks after each timer whether it is enough, however many there are', async () => {
    const clock = simClock(0);
    let fired = 0;
    for (let at = 1; at <= 300; at += 1) clock.after(at, () => void (fired += 1));
    await clock.run(1_000, () => fired === 200);
    expect([fired, clock.monotonic()]).toEqual([200, 200]);
    await clock.run(1_000);
    expect([fired, clock.monotonic()]).toEqual([300, 1_000]);
  });

  it('rejects with what a timer throws, and goes no further', async () => {
    const clock = simClock(0);
    let later = 0;
    clock.after(1, () => {
      throw new Error('broken');
    });
    clock.after(2, () => void (later += 1));
    await expect(clock.run(10)).rejects.toThrow('broken');
    expect(later).toBe(0);
  });
});

async function chain(length: number): Promise<void> {
  for (let link = 0; link < length; link += 1) await Promise.resolve();
}
