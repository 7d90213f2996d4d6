import { conditionOf, isTrue, withCondition } from '../../run/conditions.ts';
import { notYetAppliedText } from '../../run/laterFields.ts';
import type { RunStatus } from '../../run/run.ts';
import { boundedMessage } from '../../run/status.ts';
import type { EventNote } from '../decision.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Says which fields of the spec have no effect in this version, from acceptance on and again when they change, be the
 * run ended by then: nobody is to wait for what will not happen.
 */
export function notYetApplied(input: StepInput): StepResult {
  if (!isTrue(input.status, 'Accepted')) {
    return pass('is not accepted yet');
  }
  const told = tellNotYetApplied(input, input.status);
  return told.events.length === 0
    ? pass('nothing new has to be said of its spec')
    : { kind: 'amend', said: 'some of its spec has no effect yet', ...told };
}

/** The status with the condition NotYetApplied as the spec is now, and an event where that is news. */
export function tellNotYetApplied(
  input: StepInput,
  status: RunStatus,
): { readonly status: RunStatus; readonly events: readonly EventNote[] } {
  const message = boundedMessage(notYetAppliedText(input.run.spec));
  if (message === (conditionOf(status, 'NotYetApplied')?.message ?? '')) {
    return { status, events: [] };
  }
  const change = {
    type: 'NotYetApplied',
    status: message === '' ? 'False' : 'True',
    reason: message === '' ? 'AllApplied' : 'NotInThisVersion',
    message,
  } as const;
  const text = message === '' ? 'all of the spec has effect' : `without effect in this version: ${message}`;
  return {
    status: withCondition(status, change, input.now, input.run.metadata.generation),
    events: [
      { type: message === '' ? 'Normal' : 'Warning', reason: 'NotYetApplied', message: boundedMessage(text) },
    ],
  };
}
