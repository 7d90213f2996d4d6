import type { Json } from './json.ts';

/** Why Kubernetes refuses a field: the `reason` of a cause in the details of a Status of reason Invalid. */
export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany';

/** One refused field, as a cause of a Status of reason Invalid. */
export interface FieldError {
  /** Path in the object: `spec.containers[0].image`; '<nil>' for the object as a whole. */
  readonly field: string;
  readonly reason: FieldErrorReason;
  /** Without the path: `Required value: must name an image`. */
  readonly message: string;
}

/** A value that must be given and isn't. */
export function required(field: string, detail = ''): FieldError {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) };
}

/** A value that breaks the rule which `detail` states. */
export function invalid(field: string, value: Json | undefined, detail: string): FieldError {
  return {
    field,
    reason: 'FieldValueInvalid',
    message: withDetail(`Invalid value: ${shown(value)}`, detail),
  };
}

/** A value of the wrong JSON type; Kubernetes shows the type that was found in place of the value. */
export function typeInvalid(field: string, value: Json | undefined, detail: string): FieldError {
  return {
    field,
    reason: 'FieldValueTypeInvalid',
    message: withDetail(`Invalid value: ${shown(value)}`, detail),
  };
}

/** A value that is none of the allowed ones, which are listed in the order given. */
export function notSupported(
  field: string,
  value: Json | undefined,
  supported: readonly string[],
): FieldError {
  const allowed = supported.map((one) => JSON.stringify(one));
  const detail = allowed.length > 0 ? `supported values: ${allowed.join(', ')}` : '';
  return {
    field,
    reason: 'FieldValueNotSupported',
    message: withDetail(`Unsupported value: ${shown(value)}`, detail),
  };
}

/** A value that may stand once in its list and stands there again. */
export function duplicate(field: string, value: Json | undefined): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}` };
}

/** A field that may not be set, or not be changed, here. */
export function forbidden(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) };
}

/** A value that names something which isn't there. */
export function notFound(field: string, value: Json | undefined): FieldError {
  return { field, reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}` };
}

/** A text longer than `max` bytes. */
export function tooLong(field: string, max: number): FieldError {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${max} bytes` };
}

/** A list or map of `actual` items where at most `max` may stand. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  return {
    field,
    reason: 'FieldValueTooMany',
    message: `Too many: ${actual}: must have at most ${max} items`,
  };
}

/** The errors as one sentence, as the message of a Status of reason Invalid has them after `is invalid: `. */
export function sentenceOf(errors: readonly FieldError[]): string {
  const sentences = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  return sentences.length === 1 ? (sentences[0] ?? '') : `[${sentences.join(', ')}]`;
}

function withDetail(head: string, detail: string): string {
  return detail === '' ? head : `${head}: ${detail}`;
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
