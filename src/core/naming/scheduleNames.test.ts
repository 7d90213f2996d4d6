import { describe, expect, it } from 'vitest';
import { slotOMJobName, slotRunName } from './scheduleNames.ts';

const SLOT = Date.parse('2026-01-01T00:10:00Z');
const LONG = `om-cronomjob-${'x'.repeat(50)}`;

describe('names of what a schedule makes', () => {
  it('are the schedule’s and the second of the slot, so that whoever makes it makes one', () => {
    expect(slotOMJobName('om-cronomjob-a', SLOT)).toBe('om-cronomjob-a-1767226200');
    expect(slotRunName('nightly', SLOT)).toBe('nightly-1767226200');
  });

  it('fit what an OMJob’s pods and a Run may be called', () => {
    expect(slotOMJobName('x'.repeat(52), SLOT)).toBe(`${'x'.repeat(52)}-1767226200`);
    expect(slotOMJobName(LONG, SLOT)).toMatch(/^om-cronomjob-x{32}-[0-9a-f]{6}-1767226200$/);
    expect(slotRunName('x'.repeat(200), SLOT)).toHaveLength(57);
  });

  it('tell long names apart that begin alike', () => {
    expect(slotOMJobName(`${LONG}a`, SLOT)).not.toBe(slotOMJobName(`${LONG}b`, SLOT));
  });
});
