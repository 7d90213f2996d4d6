import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fittedStatus } from './fittedStatus.ts';
import type { RunStatus } from './run.ts';
import { initialStatus, MAX_ATTEMPTS, MAX_STATUS_BYTES } from './status.ts';

/** A status that holds as much as it can: so many attempts, each with texts of the longest kind. */
function fullStatus(attempts: number, text: string): RunStatus {
  const uids = Array.from({ length: attempts }, (_, index) => `uid-${index + 1}`);
  return {
    ...initialStatus(),
    phase: 'Running',
    message: text,
    conditions: ['Accepted', 'Admitted', 'Started', 'NodeUnreachable'].map((type) => ({
      type,
      status: 'True',
      reason: 'SomeReason',
      message: text,
      lastTransitionTime: '2026-03-01T12:00:00.000Z',
    })),
    attempts: uids.map((podUID, index) => ({
      number: index + 1,
      podName: `${'n'.repeat(57)}-m${index + 1}`,
      podUID,
      node: 'ip-10-0-0-1.eu-central-1.compute.internal',
      outcome: 'Failed',
      reason: 'ExitCode',
      exitCode: 1,
      message: text,
      logTail: text,
      startedAt: '2026-03-01T12:00:00Z',
      finishedAt: '2026-03-01T12:00:00Z',
    })),
    verdicts: Object.fromEntries(
      uids.map((uid) => [uid, { reason: 'RunTimeout', by: 'endwell', message: text, rule: 'r', at: 'a' }]),
    ),
  };
}

describe('fittedStatus', () => {
  it('leaves a status alone that fits', () => {
    const status = fullStatus(3, 'short');
    expect(fittedStatus(status)).toBe(status);
  });

  it('fits whatever is in it, and keeps what decides: attempts, outcomes, the last verdict', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_ATTEMPTS }),
        fc.constantFrom('x', '"', '\\', 'é', '\u0001'),
        (attempts, letter) => {
          const text = letter.repeat(letter === 'é' ? 512 : 1024);
          const status = fullStatus(attempts, text);
          const fitted = fittedStatus(status);
          expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(MAX_STATUS_BYTES);
          const kept = ({ attempts: all }: RunStatus) =>
            all.map(({ podUID, outcome, reason }) => [podUID, outcome, reason]);
          expect(kept(fitted)).toEqual(kept(status));
          expect(fitted.verdicts?.[`uid-${attempts}`]).toEqual(status.verdicts?.[`uid-${attempts}`]);
          expect(fittedStatus(fitted)).toBe(fitted);
        },
      ),
    );
  });
});
