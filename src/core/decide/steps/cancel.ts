import { endMain } from '../endMain.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';
import { wantedEnd } from '../wantedEnd.ts';

/** Stops a run that somebody cancelled or deleted. Once main has its result, that changes nothing any more. */
export function cancel(input: StepInput): StepResult {
  const wanted = wantedEnd(input);
  if (wanted === undefined) {
    return pass('nobody asked it to stop');
  }
  return input.status.main === undefined
    ? endMain(input, wanted)
    : pass('main has its result: stopping it is too late');
}
