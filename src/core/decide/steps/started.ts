import { hasMainStarted, nameOf } from '../../pod/podFacts.ts';
import { readSlowStart } from '../podEvents.ts';
import { withStart } from '../start.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

/** Records that a main container has started; whatever held it up before is over. */
export function started(input: StepInput): StepResult {
  const pod = openPod(input);
  if (input.status.phase !== 'Pending' || pod === undefined || !hasMainStarted(pod)) {
    return pass('no start to record');
  }
  const read = readSlowStart(input, pod);
  if (read !== undefined) {
    return read;
  }
  const { reason: _reason, message: _message, ...status } = withStart(input, input.status, pod);
  const runSeconds = input.template?.limits.runSeconds;
  return {
    kind: 'answer',
    said: `${nameOf(pod)} has started`,
    status: { ...status, phase: 'Running' },
    events: [{ type: 'Normal', reason: 'Started', message: `pod ${nameOf(pod)} has started` }],
    wakeAt: runSeconds === undefined ? undefined : input.now + runSeconds * 1000,
  };
}
