import type { RefusalReason } from '../../admission/word.ts';
import { FINALIZER } from '../../naming/naming.ts';
import type { ReasonCode } from '../../reasons/catalogue.ts';
import { isTrue, timeText, withCondition } from '../../run/conditions.ts';
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
  if (snapshot.specInvalid !== undefined) {
    return refuseFor(input, { reason: 'SpecInvalid', message: snapshot.specInvalid });
  }
  return snapshot.admission?.kind === 'refused'
    ? refuseFor(input, snapshot.admission)
    : pass('nothing speaks against it');
}

interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** The run that stands in the way. */
  readonly other?: string;
  /** When it is worth another try, ms since the epoch. */
  readonly retryAt?: number;
}

function refuseFor(input: StepInput, { reason, message, other, retryAt }: Refusal): StepResult {
  return {
    kind: 'answer',
    said: `is refused: ${reason}`,
    status: {
      ...refused(input, reason, message),
      ...(other === undefined ? {} : { joined: other }),
      ...(retryAt === undefined ? {} : { retryAt: timeText(retryAt) }),
    },
    actions: removeUnrecorded(input, () => true),
    events: [{ type: reason === 'Joined' ? 'Normal' : 'Warning', reason, message: boundedMessage(message) }],
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
