import { outcomeOf, type ReasonCode } from '../reasons/catalogue.ts';
import { timeText, withCondition } from '../run/conditions.ts';
import { DEFAULT_EXIT_RETRY } from '../run/defaults.ts';
import type { ExitStatus, RunStatus } from '../run/run.ts';
import { boundedMessage } from '../run/status.ts';
import { endEvent, finishRun } from './conclude.ts';
import type { StepInput, StepResult } from './step.ts';

/** Why an attempt of the handler failed, and what is known of it. */
export interface ExitFailure {
  readonly reason: ReasonCode;
  readonly message: string;
  readonly exit?: Partial<ExitStatus>;
}

/** Records a failed attempt of the handler: another one follows after the back-off, or the handler is given up. */
export function failExitAttempt(input: StepInput, failure: ExitFailure): StepResult {
  const { maxAttempts, backoffSeconds } = input.template?.exitRetry ?? DEFAULT_EXIT_RETRY;
  const status = withFailure(input, failure);
  const attempts = status.exit?.attempts ?? 0;
  const { reason, message } = failure;
  if (attempts >= maxAttempts || input.template?.exitHandler === undefined) {
    const ended = finishRun(input, status, { kind: 'givenUp', reason, message });
    const note = `the exit handler is given up after ${attempts} attempts: ${message}`;
    return {
      kind: 'answer',
      said: note,
      status: ended,
      events: [
        { type: 'Warning', reason: 'ExitHandlerGivenUp', message: boundedMessage(note) },
        endEvent(ended),
      ],
    };
  }
  return {
    kind: 'answer',
    said: `attempt ${attempts} of the handler failed: ${reason}`,
    status: withCondition(
      status,
      { type: 'ExitHandled', status: 'False', reason, message: boundedMessage(message) },
      input.now,
      input.run.metadata.generation,
    ),
    events: [
      { type: 'Warning', reason, message: boundedMessage(`exit handler, attempt ${attempts}: ${message}`) },
    ],
    wakeAt: input.now + backoffSeconds * 1000,
  };
}

function withFailure(input: StepInput, failure: ExitFailure): RunStatus {
  const { status, now } = input;
  const outcome = outcomeOf(failure.reason);
  return {
    ...status,
    exit: {
      ...(status.exit ?? { owed: true, attempts: 0 }),
      ...failure.exit,
      outcome: outcome === 'Succeeded' ? 'Failed' : outcome,
      reason: failure.reason,
      message: boundedMessage(failure.message),
    },
    timeline: { ...status.timeline, exitFinishedAt: timeText(now) },
  };
}
