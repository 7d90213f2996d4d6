import { isHeldByKueue } from '../../pod/kueue.ts';
import { nameOf } from '../../pod/podFacts.ts';
import { isTrue, withCondition } from '../../run/conditions.ts';
import { QUEUE_SECONDS } from '../../run/defaults.ts';
import type { RunStatus } from '../../run/run.ts';
import { endMain } from '../endMain.ts';
import { heldByKueueSince } from '../kueueWait.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Keeps a wait for Kueue apart from the start of main: it is a wait in a queue, bounded as one. That it began and that it is over
 * is written down, for neither Kueue's gate nor a stamp of it outlasts it.
 */
export function waitForKueue(input: StepInput): StepResult {
  const pod = openPod(input);
  const isHeld = input.status.phase === 'Pending' && pod !== undefined && isHeldByKueue(pod);
  const isOnRecord = isTrue(input.status, 'KueueWaiting');
  if (!isHeld) {
    return isOnRecord ? letThrough(input) : pass('Kueue does not hold it');
  }
  if (!isOnRecord) {
    const message = `Kueue holds pod ${nameOf(pod)} until it admits it`;
    return { kind: 'amend', said: message, status: noted(input, input.status, 'True', message) };
  }
  const seconds = input.template?.limits.queueSeconds ?? QUEUE_SECONDS;
  const due = (heldByKueueSince(input.status) ?? input.now) + seconds * 1000;
  return input.now < due
    ? pass('Kueue holds it, within its queue limit', due)
    : endMain(input, {
        reason: 'QueueTimeout',
        by: 'endwell',
        message: `Kueue had not admitted pod ${nameOf(pod)} within limits.queueSeconds (${seconds} s)`,
        rule: 'limits.queueSeconds',
      });
}

/** What held it up before is over. */
function letThrough(input: StepInput): StepResult {
  const { reason: _reason, message: _message, ...rest } = input.status;
  return {
    kind: 'amend',
    said: 'Kueue holds it no more',
    status: noted(input, input.status.phase === 'Pending' ? rest : input.status, 'False', ''),
  };
}

function noted(input: StepInput, status: RunStatus, is: 'True' | 'False', message: string): RunStatus {
  const change = { type: 'KueueWaiting', status: is, reason: 'Kueue', message } as const;
  return withCondition(status, change, input.now, input.run.metadata.generation);
}
