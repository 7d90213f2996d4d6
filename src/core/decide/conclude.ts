import { exitPodName } from '../naming/naming.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import { timeText, withCondition } from '../run/conditions.ts';
import { phaseOf } from '../run/phases.ts';
import type { Outcome, RunStatus } from '../run/run.ts';
import { boundedMessage } from '../run/status.ts';
import type { Action, EventNote } from './decision.ts';
import { retentionOf } from './retention.ts';
import { openAttempt, runName, type StepInput, type StepResult } from './step.ts';

/** The result of main. */
export interface MainResult {
  readonly outcome: Outcome;
  readonly reason: ReasonCode;
  readonly message: string;
  readonly exitCode?: number;
}

/** How the handler came out: handled, or given up for a reason. */
export type ExitVerdict =
  | { readonly kind: 'handled' }
  | { readonly kind: 'notRequested' }
  | { readonly kind: 'givenUp'; readonly reason: ReasonCode; readonly message: string };

/**
 * Records the result of main and goes on to the handler, which is made at once; without a handler the run has ended.
 * `status` is the status with the attempt closed.
 */
export function concludeMain(
  input: StepInput,
  status: RunStatus,
  result: MainResult,
  effects: readonly Action[] = [],
): StepResult {
  const said = `main ${result.outcome.toLowerCase()}: ${result.reason}`;
  const done = withMain(input, status, result);
  const events = [mainEvent(result)];
  if (done.exit?.owed !== true) {
    const ended = finishRun(input, done, { kind: 'notRequested' });
    return { kind: 'answer', said, status: ended, actions: effects, events: [...events, endEvent(ended)] };
  }
  if (input.template?.exitHandler === undefined) {
    const ended = finishRun(input, done, templateGone(done));
    return { kind: 'answer', said, status: ended, actions: effects, events: [...events, endEvent(ended)] };
  }
  return {
    kind: 'answer',
    said,
    status: withExitAttempt(input, { ...done, phase: 'Exiting' }, 1),
    actions: [{ kind: 'createExitPod', attempt: 1 }, ...effects],
    events,
  };
}

/** The status with the result of main recorded; it never changes again. */
export function withMain(input: StepInput, status: RunStatus, result: MainResult): RunStatus {
  const message = boundedMessage(result.message);
  const main = {
    outcome: result.outcome,
    reason: result.reason,
    message,
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
  };
  // A run that is stopped between two attempts ends now, not when the last one did.
  const closed = openAttempt(input.status) === undefined ? undefined : status.attempts.at(-1);
  const finishedAt = closed?.finishedAt ?? timeText(input.now);
  const { retryAt: _over, ...rest } = status;
  return withCondition(
    { ...rest, main, reason: result.reason, message, timeline: { ...status.timeline, finishedAt } },
    { type: 'MainFinished', status: 'True', reason: result.reason, message },
    input.now,
    input.run.metadata.generation,
  );
}

/** The status with an attempt of the handler begun: written before its pod is made. */
export function withExitAttempt(input: StepInput, status: RunStatus, attempt: number): RunStatus {
  const { exitFinishedAt: _, ...timeline } = status.timeline;
  return {
    ...status,
    exit: { owed: true, attempts: attempt, podName: exitPodName(input.run, attempt) },
    timeline: { ...timeline, exitStartedAt: timeText(input.now) },
  };
}

/** The terminal status: main's outcome, whatever the handler did. */
export function finishRun(input: StepInput, status: RunStatus, exit: ExitVerdict): RunStatus {
  const { run, now } = input;
  const { main } = status;
  if (main === undefined) {
    throw new Error(`ending run ${runName(input)}: main has no result`);
  }
  const generation = run.metadata.generation;
  const handled = withCondition(status, exitCondition(exit), now, generation);
  const ended = withCondition(
    handled,
    { type: 'Finished', status: 'True', reason: main.reason, message: main.message },
    now,
    generation,
  );
  return {
    ...ended,
    phase: phaseOf(main.outcome),
    ...(run.kind === 'OMJob' ? {} : { retention: retentionOf(input.template, main.outcome) }),
    exit: { ...(status.exit ?? { attempts: 0 }), owed: false },
  };
}

/** The event that tells of a run's end, and of its handler's where that made it end. */
export function endEvent(status: RunStatus, handler?: string): EventNote {
  const said = [status.message, handler].filter((part) => part !== undefined && part !== '');
  return {
    type: status.phase === 'Failed' ? 'Warning' : 'Normal',
    reason: status.phase,
    message: boundedMessage(said.join('; ')),
  };
}

/** What is said when the frozen template is gone, so that no handler can be built. */
export function templateGone(status: RunStatus): ExitVerdict {
  return {
    kind: 'givenUp',
    reason: 'SpecInvalid',
    message:
      status.template === undefined
        ? 'the spec was changed after it was accepted: it has no exit handler that could be made any more'
        : `ControllerRevision ${status.template}, which held the exit handler, was deleted by somebody else`,
  };
}

function exitCondition(exit: ExitVerdict) {
  switch (exit.kind) {
    case 'handled':
      return { type: 'ExitHandled', status: 'True', reason: 'Completed' } as const;
    case 'notRequested':
      return { type: 'ExitHandled', status: 'True', reason: 'NotRequested' } as const;
    case 'givenUp':
      return {
        type: 'ExitHandled',
        status: 'False',
        reason: exit.reason,
        message: boundedMessage(exit.message),
      } as const;
    default:
      return exit satisfies never;
  }
}

function mainEvent(result: MainResult): EventNote {
  return {
    type: result.outcome === 'Failed' || result.outcome === 'Lost' ? 'Warning' : 'Normal',
    reason: result.reason,
    message: boundedMessage(result.message),
  };
}
