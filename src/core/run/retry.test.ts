import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type ReasonCode } from '../reasons/catalogue.ts';
import { DEFAULT_RETRY } from './defaults.ts';
import { backoffMs, canEndAttempt, retryWord } from './retry.ts';
import type { Attempt, Retry } from './run.ts';

/** Attempts that ended for these reasons. */
function ended(...reasons: (ReasonCode | Partial<Attempt>)[]): Attempt[] {
  return reasons.map((one, index) => ({
    number: index + 1,
    podName: `nightly-m${index + 1}`,
    podUID: `uid-${index + 1}`,
    outcome: one === 'NodeLost' ? 'Lost' : 'Failed',
    ...(typeof one === 'string' ? { reason: one } : one),
  }));
}

function word(retry: Partial<Retry>, ...reasons: (ReasonCode | Partial<Attempt>)[]) {
  return retryWord({ ...DEFAULT_RETRY, ...retry }, ended(...reasons)).kind;
}

const exit = (exitCode: number, reason: ReasonCode = 'ExitCode') => ({ reason, exitCode });

describe('retryWord', () => {
  it('tries nothing again by default but disruptions, three times', () => {
    expect(word({}, 'ExitCode')).toBe('final');
    expect(word({}, 'Evicted')).toBe('retry');
    expect(word({}, 'Evicted', 'Preempted', 'NodeShutdown')).toBe('retry');
    expect(word({}, 'Evicted', 'Preempted', 'NodeShutdown', 'NodeLost')).toBe('final');
  });

  it('counts disruptions apart from maxAttempts', () => {
    expect(word({ maxAttempts: 2 }, 'Evicted', 'Evicted', 'ExitCode')).toBe('retry');
    expect(word({ maxAttempts: 2 }, 'Evicted', 'ExitCode', 'ExitCode')).toBe('final');
  });

  it('without rules retries what the catalogue calls retriable', () => {
    for (const reason of ['ExitCode', 'Signal', 'OutOfMemory', 'RunTimeout', 'ImagePullFailed'] as const) {
      expect([reason, word({ maxAttempts: 2 }, reason)]).toEqual([reason, 'retry']);
    }
    for (const reason of ['PodDeleted', 'ContainerCannotRun', 'Unknown', 'SpecInvalid'] as const) {
      expect([reason, word({ maxAttempts: 2 }, reason)]).toEqual([reason, 'final']);
    }
  });

  it('with rules takes the first that matches, and fails what none matches', () => {
    const rules: Retry['rules'] = [
      { exitCodes: [3], action: 'Fail' },
      { reasons: ['ExitCode'], action: 'Retry' },
    ];
    expect(word({ maxAttempts: 3, rules }, exit(3))).toBe('final');
    expect(word({ maxAttempts: 3, rules }, exit(4))).toBe('retry');
    expect(word({ maxAttempts: 3, rules }, 'OutOfMemory')).toBe('final');
    expect(word({ maxAttempts: 3, rules }, 'Evicted')).toBe('retry');
  });

  it('lets a rule forbid the retry of a disruption, or allow more of them', () => {
    expect(word({ rules: [{ reasons: ['Evicted'], action: 'Fail' }] }, 'Evicted')).toBe('final');
    const rules: Retry['rules'] = [{ reasons: ['Evicted'], action: 'Retry' }];
    const four = ['Evicted', 'Evicted', 'Evicted', 'Evicted'] as const;
    expect(word({ maxAttempts: 2, rules }, ...four)).toBe('retry');
    expect(word({ maxAttempts: 2, rules }, ...four, 'Evicted')).toBe('final');
  });

  it('takes a rule that names nothing as one that matches all', () => {
    expect(word({ maxAttempts: 2, rules: [{ action: 'Retry' }] }, 'Unknown')).toBe('retry');
  });

  it('reads no exit code into a container that we killed', () => {
    const rules: Retry['rules'] = [{ exitCodes: [143], action: 'Retry' }];
    expect(word({ maxAttempts: 2, rules }, exit(143, 'Signal'))).toBe('retry');
    expect(word({ maxAttempts: 2, rules }, exit(143, 'RunTimeout'))).toBe('final');
  });

  it('follows an end that nobody could confirm only where the run allows it', () => {
    const lost = { reason: 'NodeLost', outcome: 'Lost', unconfirmed: true } as const;
    const rules: Retry['rules'] = [{ action: 'Retry' }];
    expect(word({ maxAttempts: 5, rules }, lost)).toBe('final');
    expect(word({ afterUnconfirmedLoss: true }, lost)).toBe('retry');
    expect(word({ afterUnconfirmedLoss: true }, { ...lost, reason: 'PodDeleted', outcome: 'Failed' })).toBe(
      'retry',
    );
  });

  it('tries nothing again that went well or was cancelled', () => {
    const retry = { maxAttempts: 5, rules: [{ action: 'Retry' as const }] };
    expect(word(retry, { outcome: 'Succeeded', reason: 'Completed' })).toBe('final');
    expect(word(retry, { outcome: 'Cancelled', reason: 'Cancelled' })).toBe('final');
  });
});

describe('backoffMs', () => {
  const pause = (failed: number, uid = 'a') => backoffMs(DEFAULT_RETRY, uid, failed);

  it('grows, is capped, and is never shorter than what was asked for, nor longer than a fifth more', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 20 }), (uid, failed) => {
        const asked = Math.min(600, 10 * 2 ** (failed - 1)) * 1000;
        expect(pause(failed, uid)).toBeGreaterThanOrEqual(asked);
        expect(pause(failed, uid)).toBeLessThanOrEqual(asked * 1.2);
      }),
    );
  });

  it('is the same at each look, and another for another run', () => {
    expect(pause(2)).toBe(pause(2));
    expect(new Set(['a', 'b', 'c', 'd'].map((uid) => pause(2, uid))).size).toBe(4);
  });
});

describe('canEndAttempt', () => {
  it('knows which reasons of the catalogue a rule can match', () => {
    const all = Object.keys(CATALOGUE);
    expect(
      all.filter((reason) => CATALOGUE[reason as ReasonCode].class === 'ours').filter(canEndAttempt),
    ).toEqual(['StartTimeout', 'InitStalled', 'InitTimeout', 'Stalled', 'RunTimeout']);
    expect(canEndAttempt('Completed')).toBe(false);
    expect(canEndAttempt('OutOfMemory')).toBe(true);
  });
});
