import { describe, expect, it } from 'vitest';
import type { Phase, RunStatus } from '../run/run.ts';
import { initialStatus } from '../run/status.ts';
import { aRun } from '../testing/aRun.ts';
import { NOW } from '../testing/fixedClock.ts';
import { demandOf } from './demand.ts';

function standing(phase: string, accepted: boolean) {
  const condition = { type: 'Accepted', status: 'True', reason: '', message: '', lastTransitionTime: '' };
  const conditions = accepted ? [condition] : [];
  const status: RunStatus = { ...initialStatus(), phase: phase as Phase, conditions };
  return demandOf(aRun().withStatus(status).build(), NOW)?.standing;
}

describe('demandOf', () => {
  it('says where a run stands, and nothing of one that has ended', () => {
    expect(standing('Queued', false)).toBe('new');
    expect(standing('Queued', true)).toBe('waiting');
    expect([standing('Pending', true), standing('Running', true)]).toEqual(['main', 'main']);
    expect(standing('Exiting', true)).toBe('exiting');
    expect([standing('Succeeded', true), standing('Refused', false)]).toEqual([undefined, undefined]);
  });

  it('takes an accepted run in a phase that it does not know for one that has a slot', () => {
    expect(standing('Suspending', true)).toBe('main');
  });
});
