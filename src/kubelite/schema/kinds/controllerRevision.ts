import { type FieldError, invalid, required } from '../../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../../kubernetes/json.ts';

/** What is wrong with a ControllerRevision: its data is mandatory, its revision not negative. */
export function controllerRevisionErrors(revision: JsonObject): readonly FieldError[] {
  const number = Number(revision['revision'] ?? 0);
  if (revision['data'] === undefined) return [required('data', 'data is mandatory')];
  return number < 0 ? [invalid('revision', number, 'must be greater than or equal to 0')] : [];
}
