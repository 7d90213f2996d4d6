import { type FieldError, invalid } from '../../../kubernetes/fieldError.ts';
import { isObject, type JsonObject } from '../../../kubernetes/json.ts';

/** What is wrong with a Lease: durations are positive, transitions not negative. */
export function leaseErrors(lease: JsonObject): readonly FieldError[] {
  const spec = isObject(lease['spec']) ? lease['spec'] : {};
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  const errors: FieldError[] = [];
  if (typeof seconds === 'number' && seconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  }
  if (typeof transitions === 'number' && transitions < 0) {
    errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  }
  return errors;
}
