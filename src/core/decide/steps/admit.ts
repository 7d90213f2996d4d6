import { conditionOf, timeOf, timeText, withCondition } from '../../run/conditions.ts';
import type { RunStatus } from '../../run/run.ts';
import { boundedMessage } from '../../run/status.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Lets a queued run start once admission says so; until then it says why the run waits. That is written when the reason
 * changes, not at each move of the queue: places and counts are told to whoever asks.
 */
export function admit(input: StepInput): StepResult {
  const { run, status, snapshot, now } = input;
  if (status.phase !== 'Queued') {
    return pass('is admitted');
  }
  const retryAt = timeOf(status.retryAt);
  if (retryAt !== undefined && now < retryAt) {
    return { kind: 'answer', said: `waits for its next attempt until ${status.retryAt}`, wakeAt: retryAt };
  }
  const word = snapshot.admission;
  // Its time has just come and admission has yet to see that: nothing new is to be told.
  const isLate = word?.kind === 'waits' && word.reason === 'RetryWaits';
  if (word?.kind === 'waits' && !isLate) {
    return wait(input, word.reason, boundedMessage(word.message));
  }
  if (word?.kind !== 'admitted') {
    return { kind: 'answer', said: 'waits for the word of admission' };
  }
  const { retryAt: _over, ...rest } = withoutHold(status);
  const admitted = withCondition(
    { ...rest, phase: 'Pending', timeline: { ...status.timeline, admittedAt: timeText(now) } },
    {
      type: 'Admitted',
      status: 'True',
      reason: word.rule,
      ...(word.message === undefined ? {} : { message: word.message }),
    },
    now,
    run.metadata.generation,
  );
  return { kind: 'amend', said: `admitted: ${word.rule}`, status: admitted };
}

function wait(input: StepInput, reason: string, message: string): StepResult {
  const before = conditionOf(input.status, 'Admitted');
  const said = `waits: ${reason}`;
  if (before?.status === 'False' && before.reason === reason) {
    return { kind: 'answer', said };
  }
  const change = { type: 'Admitted', status: 'False', reason, message } as const;
  return {
    kind: 'answer',
    said,
    status: withCondition(input.status, change, input.now, input.run.metadata.generation),
    events: [{ type: 'Normal', reason, message }],
  };
}

/** A run that was moved on by an earlier attempt has that attempt's reason in its status; it is over now. */
function withoutHold(status: RunStatus): RunStatus {
  const { reason: _reason, message: _message, ...rest } = status;
  return rest;
}
