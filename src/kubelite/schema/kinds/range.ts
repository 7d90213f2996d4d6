import { type FieldError, invalid } from '../../../kubernetes/fieldError.ts';

/** An error when the number is given and lies outside. */
export function rangeErrors(
  field: string,
  value: number | undefined,
  min: number,
  max: number,
): FieldError[] {
  if (value === undefined || (value >= min && value <= max)) return [];
  return [invalid(field, value, `must be between ${min} and ${max}, inclusive`)];
}

/** An error when the number is given and negative. */
export function negativeErrors(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0
    ? [invalid(field, value, 'must be greater than or equal to 0')]
    : [];
}
