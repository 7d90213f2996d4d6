import type { Toleration } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, invalid, notSupported } from '../../../kubernetes/fieldError.ts';
import { labelValue, qualifiedName } from '../../../kubernetes/names.ts';

/** In the order in which Kubernetes lists them. */
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What is wrong with the tolerations of a pod. */
export function tolerationErrors(tolerations: readonly Toleration[], at: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => oneErrors(toleration, `${at}[${index}]`));
}

function oneErrors(toleration: Toleration, at: string): FieldError[] {
  const { key = '', operator = '', effect = '', tolerationSeconds } = toleration;
  const errors: FieldError[] = [];
  if (key !== '') errors.push(...qualifiedName(key).map((why) => invalid(`${at}.key`, key, why)));
  if (key === '' && operator !== 'Exists') {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${at}.operator`, operator, why));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    );
  }
  errors.push(...valueErrors(operator, toleration.value ?? '', `${at}.operator`));
  if (effect !== '' && !EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
  return errors;
}

function valueErrors(operator: string, value: string, field: string): FieldError[] {
  switch (operator) {
    case 'Equal':
    case '':
      return labelValue(value).map((why) => invalid(field, value, why));
    case 'Exists':
      return value === '' ? [] : [invalid(field, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(field, operator, ['Equal', 'Exists'])];
  }
}
