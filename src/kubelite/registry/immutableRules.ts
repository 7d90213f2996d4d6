import { type FieldError, forbidden, invalid } from '../../kubernetes/fieldError.ts';
import { type Json, sameJson } from '../../kubernetes/json.ts';
import type { StoredObject } from '../types.ts';
import type { KindRules } from './rules.ts';

/** ConfigMaps: fixed once they say `immutable`. */
export const configMapRules: KindRules = {
  unconditionalUpdate: true,
  refuseUpdate: (next, old) => frozen(next, old, ['data', 'binaryData']),
};

/** Secrets: as ConfigMaps, and the type never changes. */
export const secretRules: KindRules = {
  unconditionalUpdate: true,
  beforeUpdate(draft, old) {
    draft['type'] ??= old['type'];
  },
  refuseUpdate: (next, old) => [...unchanged(next, old, 'type'), ...frozen(next, old, ['data'])],
};

/** ControllerRevisions: their data never changes. */
export const controllerRevisionRules: KindRules = {
  unconditionalUpdate: true,
  refuseUpdate: (next, old) => unchanged(next, old, 'data'),
};

function frozen(next: StoredObject, old: StoredObject, fields: readonly string[]): FieldError[] {
  if (old['immutable'] !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const errors = next['immutable'] === true ? [] : [forbidden('immutable', why)];
  for (const field of fields) {
    if (!same(next, old, field)) errors.push(forbidden(field, why));
  }
  return errors;
}

function unchanged(next: StoredObject, old: StoredObject, field: string): FieldError[] {
  return same(next, old, field) ? [] : [invalid(field, next[field] as Json, 'field is immutable')];
}

function same(next: StoredObject, old: StoredObject, field: string): boolean {
  return sameJson(next[field] as Json | undefined, old[field] as Json | undefined);
}
