import { describe, expect, it } from 'vitest';
import { makeReport, printReport } from './report.ts';
import type { Findings } from './task.ts';

const findings: Findings = {
  planned: 14,
  made: 14,
  breaches: [],
  times: {
    mainEndToHandlerP50: 12.4,
    mainEndToHandlerP99: 40,
    mainEndToHandlerRestarted: undefined,
    acceptedToStartedP50: 800,
  },
  faults: { 'running main pod deleted': 1 },
  skipped: [{ fault: 'leading operator restarted', why: 'it runs elsewhere' }],
  cutShort: undefined,
};
const gone = { kind: 'gone' } as const;

describe('makeReport', () => {
  it('is well where nothing was broken, all was done, and nothing stays', () => {
    const { ok, verdict } = makeReport('drill', findings, gone, undefined);
    expect([ok, verdict]).toEqual([true, expect.stringMatching(/^kept: all 14 runs/)]);
  });

  it.each([
    [
      'a promise was broken',
      { breaches: [{ promise: 'lost', said: 'run r has not ended' }] },
      'BROKEN: 1 lost',
    ],
    [
      'it was cut short',
      { made: 3, cutShort: 'the time was up' },
      'cut short after 3 of 14 runs: the time was up; x leads',
    ],
  ] as const)('is not well where %s', (_what, change, says) => {
    const { ok, verdict } = makeReport('drill', { ...findings, ...change }, gone, 'x leads');
    expect(ok).toBe(false);
    expect(verdict).toContain(says);
  });

  it('is not well where the namespace stays, and says how to remove it', () => {
    const stays = { kind: 'stays', why: 'a webhook', command: 'kubectl delete namespace drill' } as const;
    const { ok, verdict, removed } = makeReport('drill', findings, stays, undefined);
    expect([ok, removed]).toEqual([false, false]);
    expect(verdict).toBe('the namespace could not be removed (a webhook): kubectl delete namespace drill');
  });
});

describe('printReport', () => {
  const text = printReport(makeReport('drill', findings, gone, undefined));

  it('shows each figure with what was promised, the faults, and the verdict last', () => {
    expect(text).toMatch(/^handlers missing +0 +0$/m);
    expect(text).toMatch(/^main’s end to handler pod, p50 +12 ms +-$/m);
    expect(text).toMatch(/^running main pod deleted +1$/m);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^kept:/);
  });

  it('says why a fault was not tried, and does not show a time that nobody measured', () => {
    expect(text).toMatch(/^leading operator restarted +skipped: it runs elsewhere$/m);
    expect(text).toMatch(/^the same during the restart, longest +- +-$/m);
  });
});
