import { describe, expect, it } from 'vitest';
import { CATALOGUE, isReasonCode, outcomeOf, type ReasonCode } from './catalogue.ts';

const codes = Object.keys(CATALOGUE).filter(isReasonCode);

describe('CATALOGUE', () => {
  it.each(codes)('%s has a sentence, a next step, and a name that a condition may have', (code) => {
    const { sentence, nextStep } = CATALOGUE[code];
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(nextStep).toMatch(/^[A-Z].*\.$/);
    expect(code).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
  });

  it('says of everything that disrupts a healthy pod that another attempt may help', () => {
    const disruptions: ReasonCode[] = ['Evicted', 'Preempted', 'NodeShutdown', 'NodeLost'];
    expect(disruptions.filter((code) => !CATALOGUE[code].retriable)).toEqual([]);
  });
});

describe('outcomeOf', () => {
  it('is Cancelled for what somebody wanted, Lost for a lost node, Succeeded for one reason only', () => {
    const of = (outcome: string) => codes.filter((code) => outcomeOf(code) === outcome).sort();
    expect(of('Succeeded')).toEqual(['Completed']);
    expect(of('Cancelled')).toEqual(['Cancelled', 'Deleted', 'SubjectKilled', 'Superseded']);
    expect(of('Lost')).toEqual(['NodeLost']);
  });
});

describe('isReasonCode', () => {
  it('knows no names that every object has', () => {
    expect(isReasonCode('constructor')).toBe(false);
    expect(isReasonCode('OutOfMemory')).toBe(true);
  });
});
