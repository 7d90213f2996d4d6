import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, invalid, notSupported, required } from '../../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../../kubernetes/json.ts';
import { labelValue, qualifiedName } from '../../../kubernetes/names.ts';

/** In the order in which Kubernetes lists them. */
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What is wrong with a Node's taints (Kubernetes gives their place as `metadata.taints`). */
export function nodeErrors(object: JsonObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const taints = (object as unknown as Node).spec?.taints ?? [];
  for (const [index, { key, value = '', effect = '' }] of taints.entries()) {
    const at = `metadata.taints[${index}]`;
    errors.push(...qualifiedName(key).map((why) => invalid(`${at}.key`, key, why)));
    errors.push(...labelValue(value).map((why) => invalid(`${at}.value`, value, why)));
    if (effect === '') errors.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    const identity = `${key}:${effect}`;
    if (seen.has(identity)) {
      errors.push({
        field: at,
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify({ key, value, effect })}: taints must be unique by key and effect pair`,
      });
    }
    seen.add(identity);
  }
  return errors;
}
