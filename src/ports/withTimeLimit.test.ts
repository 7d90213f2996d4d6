import { describe, expect, it } from 'vitest';
import { virtualClock } from './testing/virtualClock.ts';
import { withTimeLimit } from './withTimeLimit.ts';

/** Work that goes on until it is told to give up. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('withTimeLimit', () => {
  it('passes the answer on, and keeps no timer', async () => {
    const clock = virtualClock();
    const limit = { what: 'asking', clock, limitMs: 1000, stop: undefined };
    expect(await withTimeLimit(limit, async () => 'answer')).toBe('answer');
    expect(clock.timers()).toBe(0);
  });

  it('tells the work that it took too long', async () => {
    const clock = virtualClock();
    const limit = { what: 'asking', clock, limitMs: 1000, stop: undefined };
    const refused = expect(withTimeLimit(limit, endless)).rejects.toThrow('asking: no answer within 1 s');
    await clock.advance(1000);
    await refused;
  });

  it('tells the work that it is to stop, and why', async () => {
    const stop = new AbortController();
    const limit = { what: 'asking', clock: virtualClock(), limitMs: 1000, stop: stop.signal };
    const refused = expect(withTimeLimit(limit, endless)).rejects.toThrow('the process ends');
    stop.abort(new Error('the process ends'));
    await refused;
  });
});
