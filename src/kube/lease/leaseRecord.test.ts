import { describe, expect, it } from 'vitest';
import { claimed, firstClaim, holderIdentity, holderOf, recordOf, released } from './leaseRecord.ts';

const NOW = Date.UTC(2026, 0, 1);
const ref = { namespace: 'ns', name: 'endwell-operator' };
const claim = (identity: string, nowMs = NOW) => ({ identity, leaseSeconds: 15, nowMs });

describe('holderIdentity', () => {
  it('is <host>_<pid>_<random>', () => {
    expect(holderIdentity('node-1', 42, () => 0.5)).toBe('node-1_42_80000000');
  });
});

describe('claimed', () => {
  it('keeps acquireTime and transitions when the holder renews', () => {
    const renewed = claimed(firstClaim(ref, claim('a')), claim('a', NOW + 2_000));
    expect(renewed.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:02.000000Z',
      leaseTransitions: 0,
    });
  });

  it('counts a transition when the holder changes, also from a lease that was given back', () => {
    const given = released(firstClaim(ref, claim('a')), NOW);
    expect(holderOf(given)).toBeUndefined();
    expect(claimed(given, claim('b')).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });
});

describe('recordOf', () => {
  it('changes with a renewal, and not with an annotation', () => {
    const lease = firstClaim(ref, claim('a'));
    const annotated = { ...lease, metadata: { ...ref, annotations: { by: 'someone' } } };
    expect(recordOf(annotated)).toBe(recordOf(lease));
    expect(recordOf(claimed(lease, claim('a', NOW + 1)))).not.toBe(recordOf(lease));
  });
});
