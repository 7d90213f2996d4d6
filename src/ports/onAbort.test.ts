import { describe, expect, it } from 'vitest';
import { onAbort } from './onAbort.ts';

describe('onAbort', () => {
  it('tells everybody who still listens, once, in the order in which they came', () => {
    const abort = new AbortController();
    const told: string[] = [];
    onAbort(abort.signal, () => told.push('first'));
    const forget = onAbort(abort.signal, () => told.push('forgotten'));
    onAbort(abort.signal, () => told.push('last'));
    forget();
    forget();
    abort.abort();
    abort.abort();
    expect(told).toEqual(['first', 'last']);
  });

  it('does not tell one whom another has just forgotten', () => {
    const abort = new AbortController();
    const told: string[] = [];
    let forget = () => {};
    onAbort(abort.signal, () => forget());
    forget = onAbort(abort.signal, () => told.push('forgotten'));
    abort.abort();
    expect(told).toEqual([]);
  });

  it('calls at once when the signal is aborted already, and never without a signal', () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => calls++);
    onAbort(undefined, () => calls++);
    expect(calls).toBe(1);
  });
});
