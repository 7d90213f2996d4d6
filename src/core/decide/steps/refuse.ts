import { FINALIZER } from '../../naming/naming.ts';
import type { ReasonCode } from '../../reasons/catalogue.ts';
import { isTrue, withCondition } from '../../run/conditions.ts';
import type { RunStatus } from '../../run/run.ts';
import { boundedMessage } from '../../run/status.ts';
import type { Action } from '../decision.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';
import { removeUnrecorded } from './strays.ts';

/** Ends a run that was never accepted: it owes nothing, and no pod of it ever ran. */
export function refuse(input: StepInput): StepResult {
  const { run, status, snapshot } = input;
  if (isTrue(status, 'Accepted')) {
    return pass('is accepted');
  }
  if (run.metadata.deletionTimestamp !== undefined) {
    return { kind: 'answer', said: 'was deleted before it was accepted', actions: letGo(input) };
  }
  if (snapshot.specInvalid === undefined) {
    return pass('nothing speaks against it');
  }
  return {
    kind: 'answer',
    said: 'its spec is invalid',
    status: refused(input, 'SpecInvalid', snapshot.specInvalid),
    actions: removeUnrecorded(input, () => true),
    events: [{ type: 'Warning', reason: 'SpecInvalid', message: boundedMessage(snapshot.specInvalid) }],
  };
}

/** The status of a run that is not accepted, for a reason. */
export function refused(input: StepInput, reason: ReasonCode, text: string): RunStatus {
  const { run, now } = input;
  const message = boundedMessage(text);
  const generation = run.metadata.generation;
  const said = withCondition(
    { ...input.status, phase: 'Refused', reason, message },
    { type: 'Accepted', status: 'False', reason, message },
    now,
    generation,
  );
  return withCondition(said, { type: 'Finished', status: 'True', reason, message }, now, generation);
}

/** Lets a run go that was never accepted, once no pod of it is left behind. */
function letGo(input: StepInput): Action[] {
  const pods = removeUnrecorded(input, () => true);
  const held = input.run.metadata.finalizers?.includes(FINALIZER.exitOwed) ?? false;
  return held && pods.every((action) => action.kind === 'releasePod')
    ? [...pods, { kind: 'releaseRun' }]
    : pods;
}
