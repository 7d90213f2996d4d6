import { type FieldError, forbidden, invalid, required } from '../../kubernetes/fieldError.ts';
import type { Json } from '../../kubernetes/json.ts';
import { applyDefaults } from './applyDefaults.ts';
import type { CrdSchema } from './crd.ts';
import { prune } from './prune.ts';
import { compiled, validateValue } from './validateValue.ts';

/** Words that only shape values; inside allOf, anyOf, oneOf and not they would hide what the kind's fields are. */
const SHAPING = [
  'type',
  'additionalProperties',
  'default',
  'title',
  'description',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
] as const;
/** JSON Schema's words that CRDs don't have. */
const UNSUPPORTED = [
  '$ref',
  'id',
  'patternProperties',
  'definitions',
  'dependencies',
  'additionalItems',
] as const;

/** Why a schema isn't structural, by path; empty when it is. `path` is where the CRD has it. */
export function structuralErrors(schema: CrdSchema, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.type === undefined) errors.push(required(`${path}.type`, 'must not be empty at the root'));
  else if (schema.type !== 'object')
    errors.push(invalid(`${path}.type`, schema.type, 'must be object at the root'));
  if (hasForbiddenMetadata(schema)) {
    const why =
      'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(`${path}.properties[metadata]`, why));
  }
  return [...errors, ...levelErrors(schema, path)];
}

function hasForbiddenMetadata({ properties }: CrdSchema): boolean {
  const { properties: fields = {}, ...rest } = properties?.['metadata'] ?? {};
  const words = Object.keys(rest).filter((word) => word !== 'type' && word !== 'description');
  return words.length > 0 || Object.keys(fields).some((name) => name !== 'name' && name !== 'generateName');
}

function levelErrors(schema: CrdSchema, path: string): FieldError[] {
  return [
    ...typeErrors(schema, path),
    ...wordErrors(schema, path),
    ...listErrors(schema, path),
    ...defaultErrors(schema, path),
    ...logicErrors(schema, path),
    ...innerErrors(schema, path),
  ];
}

/** A part of a schema and where it stands. */
type Located = readonly [path: string, schema: CrdSchema];

function innerErrors({ properties, items, additionalProperties }: CrdSchema, path: string): FieldError[] {
  const inner: Located[] = Object.entries(properties ?? {}).map(([name, one]) => [
    `${path}.properties[${name}]`,
    one,
  ]);
  if (items) inner.push([`${path}.items`, items]);
  if (typeof additionalProperties === 'object')
    inner.push([`${path}.additionalProperties`, additionalProperties]);
  return inner.flatMap(([at, one]) => [
    ...(isTyped(one) ? [] : [required(`${at}.type`, 'must not be empty for specified object fields')]),
    ...levelErrors(one, at),
  ]);
}

function isTyped(schema: CrdSchema): boolean {
  const isReference = '$ref' in schema;
  const isFree = schema['x-kubernetes-int-or-string'] ?? schema['x-kubernetes-preserve-unknown-fields'];
  return isReference || schema.type !== undefined || isFree !== undefined;
}

function typeErrors(schema: CrdSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
  const { type, properties, additionalProperties, items } = schema;
  if (type !== undefined && !types.includes(type)) {
    errors.push(invalid(`${path}.type`, type, `must be one of ${types.join(', ')}`));
  }
  if (type === 'array' && items === undefined) errors.push(required(`${path}.items`, 'must be specified'));
  if (properties && additionalProperties !== undefined) {
    const why = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbidden(`${path}.additionalProperties`, why));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  return errors;
}

function wordErrors(schema: CrdSchema, path: string): FieldError[] {
  const given = schema as Readonly<Record<string, unknown>>;
  const errors = UNSUPPORTED.filter((word) => given[word] !== undefined).map((word) =>
    forbidden(`${path}.${word}`, `${word} is not supported`),
  );
  if (schema.uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(`${path}.uniqueItems`, why));
  }
  const { pattern } = schema;
  if (pattern !== undefined && !isRegularExpression(pattern)) {
    errors.push(invalid(`${path}.pattern`, pattern, "must be a valid regular expression, but isn't"));
  }
  return errors;
}

function isRegularExpression(pattern: string): boolean {
  try {
    compiled(pattern);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function listErrors(schema: CrdSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (type === undefined) return [];
  if (schema.type !== 'array') {
    return [invalid(`${path}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified')];
  }
  const { items } = schema;
  const isLoose = items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic';
  if (type === 'set' && isLoose) {
    const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
    return [invalid(`${path}.items.x-kubernetes-map-type`, items['x-kubernetes-map-type'], why)];
  }
  if (type !== 'map') return [];
  if (keys.length === 0) {
    const why = 'must not be empty if x-kubernetes-list-type is map';
    return [required(`${path}.x-kubernetes-list-map-keys`, why)];
  }
  return keys.flatMap((key) => keyErrors(items ?? {}, key, path));
}

function keyErrors(items: CrdSchema, key: string, path: string): FieldError[] {
  const property = items.properties?.[key];
  if (property === undefined) {
    const why = 'entries must all be names of item properties';
    return [invalid(`${path}.x-kubernetes-list-map-keys`, key, why)];
  }
  if (property.default !== undefined || items.required?.includes(key)) return [];
  const why =
    'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
  return [required(`${path}.items.properties[${key}].default`, why)];
}

function defaultErrors(schema: CrdSchema, path: string): FieldError[] {
  const value = schema.default;
  if (value === undefined || value === null) return [];
  const wrapped = { value } as const;
  const holder: CrdSchema = { type: 'object', properties: { value: schema } };
  const { object, unknownFields } = prune(holder, wrapped);
  const at = `${path}.default`;
  if (unknownFields.length > 0) return [invalid(at, value, 'must not have unknown fields')];
  const filled = applyDefaults(holder, object)['value'] as Json;
  return validateValue(schema, filled, '', undefined).map((error) => ({ ...error, field: at }));
}

function logicErrors(schema: CrdSchema, path: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const parts: Located[] = [
    ...allOf.map((one, index) => [`${path}.allOf[${index}]`, one] as const),
    ...anyOf.map((one, index) => [`${path}.anyOf[${index}]`, one] as const),
    ...oneOf.map((one, index) => [`${path}.oneOf[${index}]`, one] as const),
  ];
  if (not) parts.push([`${path}.not`, not]);
  return parts.flatMap(([at, one]) => partErrors(one, at, isIntOrString ? ['type'] : []));
}

function partErrors(schema: CrdSchema, path: string, allowed: readonly string[]): FieldError[] {
  const errors = SHAPING.filter((word) => schema[word] !== undefined && !allowed.includes(word)).map((word) =>
    forbidden(`${path}.${word}`, 'must be empty to be structural'),
  );
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(
      ([name, one]) => [`${path}.properties[${name}]`, one] as const,
    ),
    ...(schema.items ? [[`${path}.items`, schema.items] as const] : []),
  ];
  return [...errors, ...inner.flatMap(([at, one]) => partErrors(one, at, [])), ...logicErrors(schema, path)];
}
