import { CATALOGUE, type ReasonCode } from './catalogue.ts';
import { IMAGE_STEPS, type NextStepRow, OBJECT_STEPS } from './steps/missing.ts';
import { REFUSAL_STEPS } from './steps/refusals.ts';
import { RUNTIME_STEPS } from './steps/runtime.ts';

const ROWS: readonly NextStepRow[] = [...IMAGE_STEPS, ...OBJECT_STEPS, ...REFUSAL_STEPS, ...RUNTIME_STEPS];

/**
 * What to do next about a reason, in the imperative, with the names that its message tells; what the catalogue says in
 * general where the message tells none. Works on stored messages: it is the same for a live run and for a long-gone one.
 */
export function nextStep(reason: ReasonCode, message: string): string {
  for (const row of ROWS) {
    const found = row.reasons.includes(reason) ? row.when.exec(message) : null;
    if (found !== null) {
      return row.say(found, message);
    }
  }
  return CATALOGUE[reason].nextStep;
}
