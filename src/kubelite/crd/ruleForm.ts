import { type FieldError, invalid, notSupported, required } from '../../kubernetes/fieldError.ts';
import type { CrdRule, CrdSchema } from './crd.ts';
import { namesOldSelf } from './rules.ts';

/** In the order in which Kubernetes lists them. */
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What is wrong with the rules of a schema before they are compiled. */
export function ruleFormErrors(schema: CrdSchema, path: string): readonly FieldError[] {
  return walk(schema, path, undefined);
}

/** `loose` is the path of the list around, in which an item can't be told from another one. */
function walk(schema: CrdSchema, path: string, loose: string | undefined): FieldError[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) =>
    formErrors(schema, rule, `${path}.x-kubernetes-validations[${index}]`, loose),
  );
  const { properties = {}, items, additionalProperties } = schema;
  const itemsLoose = schema['x-kubernetes-list-type'] === 'map' ? loose : (loose ?? path);
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, one]) => walk(one, `${path}.properties[${name}]`, loose)),
    ...(items ? walk(items, `${path}.items`, itemsLoose) : []),
    ...(typeof additionalProperties === 'object'
      ? walk(additionalProperties, `${path}.additionalProperties`, loose)
      : []),
  ];
}

function formErrors(schema: CrdSchema, rule: CrdRule, path: string, loose: string | undefined): FieldError[] {
  const { rule: text = '', message, reason, fieldPath } = rule;
  const errors: FieldError[] = [];
  if (text.trim() === '') errors.push(required(`${path}.rule`, 'rule is not specified'));
  if (message !== undefined && message.trim() === '') {
    errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  } else if (message !== undefined && /[\r\n]/.test(message)) {
    errors.push(invalid(`${path}.message`, message, 'must not contain line breaks'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  if (fieldPath !== undefined && !isPathIn(schema, fieldPath)) {
    errors.push(invalid(`${path}.fieldPath`, fieldPath, 'must be a valid path'));
  }
  if (loose !== undefined && namesOldSelf(text)) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${loose}`;
    errors.push(invalid(`${path}.rule`, text, why));
  }
  return errors;
}

/** True for a path of known fields, as `.a.b` or `['a-b'].c`. */
function isPathIn(schema: CrdSchema, path: string): boolean {
  let rest = path;
  let at: CrdSchema | undefined = schema;
  while (rest !== '' && at !== undefined) {
    const step = /^(?:\.([A-Za-z_][A-Za-z0-9_]*)|\['([^']+)'\])/.exec(rest);
    if (step === null) return false;
    const name = step[1] ?? step[2] ?? '';
    const additionalProperties: CrdSchema | boolean | undefined = at.additionalProperties;
    at =
      at.properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    rest = rest.slice(step[0].length);
  }
  return at !== undefined && path !== '';
}
