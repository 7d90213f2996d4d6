import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRun } from '../testing/aRun.ts';
import { NOW } from '../testing/fixedClock.ts';
import { isTrue, transitionOf, withCondition } from './conditions.ts';
import { isLegalMove } from './phases.ts';
import type { Phase, RunStatus } from './run.ts';
import { assertNextStatus, boundedMessage, boundedTail, initialStatus } from './status.ts';

const main = { outcome: 'Failed', reason: 'ExitCode', message: 'm' } as const;

function writing(before: RunStatus | undefined, next: RunStatus): () => void {
  const run = before === undefined ? aRun().build() : aRun().withStatus(before).build();
  return () => assertNextStatus(run, next);
}

describe('assertNextStatus', () => {
  const status = initialStatus();

  it('lets a run go its way', () => {
    expect(writing(undefined, { ...status, phase: 'Pending' })).not.toThrow();
    expect(
      writing({ ...status, phase: 'Exiting', main }, { ...status, phase: 'Failed', main }),
    ).not.toThrow();
  });

  it.each<[string, RunStatus | undefined, RunStatus, string]>([
    [
      'an end that changes',
      { ...status, phase: 'Failed', main },
      { ...status, phase: 'Succeeded', main },
      'phase Failed',
    ],
    [
      'a refusal after acceptance',
      { ...status, phase: 'Running' },
      { ...status, phase: 'Refused' },
      'phase Running',
    ],
    [
      'a result that changes',
      { ...status, main },
      { ...status, main: { ...main, message: 'n' } },
      'result of main',
    ],
    ['a result that goes away', { ...status, main }, status, 'result of main'],
    ['an end without a result', undefined, { ...status, phase: 'Failed' }, 'without a result'],
    ['a message that is too long', undefined, { ...status, message: 'x'.repeat(1025) }, '1024 at most'],
    [
      'a status that is too big',
      undefined,
      {
        ...status,
        verdicts: Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [
            `${i}`,
            { reason: 'Swept', by: 'b', message: 'x'.repeat(1000), rule: 'r', at: 'a' },
          ]),
        ),
      },
      '32768 at most',
    ],
  ])('refuses %s', (_name, before, next, sentence) => {
    expect(writing(before, next)).toThrow(sentence);
  });
});

describe('boundedMessage', () => {
  it('never exceeds the bound, and leaves what fits alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1500 }), (text) => {
        const bounded = boundedMessage(text);
        expect(Buffer.byteLength(bounded)).toBeLessThanOrEqual(1024);
        if (Buffer.byteLength(text) <= 1024) {
          expect(bounded).toBe(text);
        }
      }),
    );
  });
});

describe('boundedTail', () => {
  it('keeps the end', () => {
    expect(boundedTail(`${'é'.repeat(2000)}end`)).toMatch(/end$/);
    expect(Buffer.byteLength(boundedTail('é'.repeat(2000)))).toBeLessThanOrEqual(1024);
  });
});

describe('withCondition', () => {
  const first = withCondition(initialStatus(), { type: 'Started', status: 'False', reason: 'A' }, NOW, 1);

  it('moves its time only when its status changes', () => {
    const same = withCondition(first, { type: 'Started', status: 'False', reason: 'B' }, NOW + 5, 2);
    expect(transitionOf(same, 'Started')).toBe(NOW);
    expect(same.conditions).toMatchObject([{ reason: 'B', observedGeneration: 2 }]);
    const other = withCondition(same, { type: 'Started', status: 'True', reason: 'C' }, NOW + 9, 2);
    expect(transitionOf(other, 'Started')).toBe(NOW + 9);
    expect(isTrue(other, 'Started')).toBe(true);
    expect(other.conditions).toHaveLength(1);
  });
});

describe('isLegalMove', () => {
  it('lets no terminal phase go anywhere', () => {
    const phases: Phase[] = [
      'Queued',
      'Pending',
      'Running',
      'Exiting',
      'Succeeded',
      'Failed',
      'Cancelled',
      'Refused',
    ];
    for (const end of ['Succeeded', 'Failed', 'Cancelled', 'Refused'] as const) {
      expect(phases.filter((to) => isLegalMove(end, to))).toEqual([end]);
    }
  });
});
