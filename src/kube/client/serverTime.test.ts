import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { serverTime } from './serverTime.ts';

/** The Date header of a server whose clock shows `ms`. */
const dateHeader = (ms: number) => new Date(ms).toUTCString();
const OFFSET = 3_600_000 + 417;

/** Answers of a server that is OFFSET ahead, every `every` ms, each on its way for `trip` ms. */
async function learnFrom(samples: number, every: number, trip: number) {
  const clock = virtualClock(1_800_000_000_000);
  const time = serverTime(clock);
  for (let i = 0; i < samples; i++) {
    const sentAt = clock.monotonic();
    await clock.advance(trip / 2);
    const date = dateHeader(clock.now() + OFFSET);
    await clock.advance(trip / 2);
    time.learn(date, sentAt, clock.monotonic());
    await clock.advance(every);
  }
  return { clock, time };
}

describe('serverTime', () => {
  it('is the local clock while nothing was learned, and where the header is none', () => {
    const clock = virtualClock(5_000);
    const time = serverTime(clock);
    time.learn(undefined, 0, 0);
    time.learn('yesterday', 0, 0);
    expect(time.now()).toBe(5_000);
  });

  it("knows the server's clock to a second and a round trip after one answer", async () => {
    const { clock, time } = await learnFrom(1, 0, 20);
    expect(Math.abs(time.now() - (clock.now() + OFFSET))).toBeLessThanOrEqual(510);
  });

  it("knows it much better than the header's resolution after some", async () => {
    const { clock, time } = await learnFrom(40, 137, 10);
    expect(Math.abs(time.now() - (clock.now() + OFFSET))).toBeLessThanOrEqual(40);
  });

  it('is not moved by one wrong answer', async () => {
    const { clock, time } = await learnFrom(40, 137, 10);
    const before = time.now() - clock.now();
    time.learn(dateHeader(0), clock.monotonic(), clock.monotonic());
    expect(time.now() - clock.now()).toBe(before);
  });

  it('follows the server when its clock was set, forward or back', async () => {
    const { clock, time } = await learnFrom(40, 137, 10);
    for (const step of [7_200_000, -7_200_000]) {
      for (let i = 0; i < 3; i++) {
        await clock.advance(100);
        time.learn(dateHeader(clock.now() + step), clock.monotonic(), clock.monotonic());
      }
      expect(Math.abs(time.now() - (clock.now() + step))).toBeLessThanOrEqual(1_000);
    }
  });

  it('never goes back while it learns, whatever the round trips', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            trip: fc.nat(4_000),
            wait: fc.nat(3_000),
            at: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
        ),
        async (answers) => {
          const clock = virtualClock(1_800_000_000_000);
          const time = serverTime(clock);
          time.learn(dateHeader(clock.now() + OFFSET), 0, 0);
          let before = time.now();
          for (const { trip, wait, at } of answers) {
            const sentAt = clock.monotonic();
            await clock.advance(wait + trip);
            const written = clock.now() - trip * at;
            time.learn(dateHeader(written + OFFSET), sentAt, clock.monotonic());
            expect(time.now()).toBeGreaterThanOrEqual(before);
            before = time.now();
            expect(Math.abs(before - (clock.now() + OFFSET))).toBeLessThanOrEqual(3_100);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
