import { CANCELLING_REASONS, isReasonCode, type ReasonCode } from '../reasons/catalogue.ts';
import type { Verdict } from '../run/run.ts';
import type { StepInput } from './step.ts';

/** Who wants the run to stop, and why; undefined when nobody does. */
export function wantedEnd(input: StepInput): Omit<Verdict, 'at'> | undefined {
  const { spec, metadata } = input.run;
  if (spec.cancel !== undefined) {
    const by = spec.cancel.by ?? 'somebody';
    const reason = cancelReason(spec.cancel.reason);
    const why =
      spec.cancel.reason === undefined || spec.cancel.reason === reason ? '' : `: ${spec.cancel.reason}`;
    return { reason, by, message: `cancelled by ${by}${why}`, rule: 'spec.cancel' };
  }
  return metadata.deletionTimestamp === undefined
    ? undefined
    : {
        reason: 'Deleted',
        by: 'somebody',
        message: 'the run was deleted before main had ended',
        rule: 'deleting a run cancels it',
      };
}

/** A caller of ours may say why by a code (SubjectKilled, Superseded); anything else is a person's text. */
function cancelReason(text: string | undefined): ReasonCode {
  return text !== undefined && isReasonCode(text) && CANCELLING_REASONS.has(text) ? text : 'Cancelled';
}
