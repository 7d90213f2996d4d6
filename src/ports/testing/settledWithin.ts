import type { VirtualClock } from './virtualClock.ts';

/** What the work comes to while so many ms go by: its value, or its error thrown. */
export async function settledWithin<T>(clock: VirtualClock, ms: number, work: Promise<T>): Promise<T> {
  const result = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await clock.advance(ms);
  const done = await result;
  if ('error' in done) throw done.error;
  return done.value;
}
