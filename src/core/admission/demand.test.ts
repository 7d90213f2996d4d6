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

  it('takes queue and back-off from the profile where the run does not say', () => {
    const subject = { kind: 'build', id: 'x' };
    const build = demandOf(aRun().withSpec({ profile: 'build', subject }).build(), NOW);
    expect([build?.queue, build?.dedupe?.afterFailureSeconds]).toEqual(['build', 300]);
    const own = { profile: 'build', subject, queue: 'mine', dedupe: { afterFailureSeconds: 0 } };
    const said = demandOf(aRun().withSpec(own).build(), NOW);
    expect([said?.queue, said?.dedupe?.afterFailureSeconds]).toEqual(['mine', 0]);
    expect(demandOf(aRun().withSpec({ subject }).build(), NOW)?.queue).toBe('default');
  });
});
