import { assert, integer, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsSubdomain, labelValue } from '../../kubernetes/names.ts';
import { omJobExitPodName, omJobLabelValue, omJobMainPodName } from './omJobNames.ts';

/** Names that an OMJob may have: up to 253 characters. */
const names = stringMatching(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/).filter(
  (name) => dnsSubdomain(name).length === 0,
);
const attempts = integer({ min: 1, max: 20 });

describe('names of the pods of an OMJob', () => {
  it('are those that OpenMetadata’s operator gives, up to 58 characters', () => {
    expect(omJobMainPodName('x'.repeat(58), 1)).toBe(`${'x'.repeat(58)}-main`);
    expect([omJobMainPodName('a', 1), omJobExitPodName('a', 1), omJobMainPodName('a', 2)]).toEqual([
      'a-main',
      'a-exit',
      'a-main-2',
    ]);
  });

  it('fit 63 characters and Kubernetes, for any name and attempt', () => {
    assert(
      property(names, attempts, (name, attempt) => {
        for (const pod of [omJobMainPodName(name, attempt), omJobExitPodName(name, attempt)]) {
          expect(dnsSubdomain(pod)).toEqual([]);
          expect(pod.length).toBeLessThanOrEqual(63);
        }
      }),
    );
  });

  it('tell long names apart that begin alike', () => {
    const [one, other] = ['a', 'b'].map((end) => omJobMainPodName(`${'x'.repeat(70)}${end}`, 1));
    expect(one).not.toBe(other);
  });
});

describe('omJobLabelValue', () => {
  it('is the name itself up to 63 characters', () => {
    expect(omJobLabelValue('x'.repeat(63))).toBe('x'.repeat(63));
  });

  it('is a value that a label may have, for any name', () => {
    assert(
      property(names, (name) => {
        expect(labelValue(omJobLabelValue(name))).toEqual([]);
      }),
    );
  });

  it('is always the same of one name, and tells long names apart that begin alike', () => {
    const long = 'x'.repeat(80);
    expect(omJobLabelValue(long)).toBe(omJobLabelValue(long));
    expect(omJobLabelValue(`${long}a`)).not.toBe(omJobLabelValue(`${long}b`));
  });

  it('ends no readable part with a mark', () => {
    expect(omJobLabelValue(`${'x'.repeat(52)}-._${'y'.repeat(20)}`)).toMatch(/^x{52}-[0-9a-f]{7}$/);
  });
});
