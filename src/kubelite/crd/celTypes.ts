import { Environment } from '@marcbachmann/cel-js';
import { isList, isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';
import type { CrdSchema } from './crd.ts';

/** What rules may call beside the language itself. Kubernetes has more: a rule that calls one of those is refused. */
function withFunctions(environment: Environment): Environment {
  return environment
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => text.charAt(Number(at)))
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
    )
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text) || text.startsWith('/'));
}

const OPTIONS = { enableOptionalTypes: true, homogeneousAggregateLiterals: false } as const;

/** Where rules run: values are plain, their types were checked when the CRD was accepted. */
export const runEnvironment: Environment = withFunctions(new Environment(OPTIONS))
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn');

/** Where rules with `optionalOldSelf` run. */
export const optionalRunEnvironment: Environment = withFunctions(new Environment(OPTIONS))
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'optional<dyn>');

/** How rules see the old value: as it is, or, with `optionalOldSelf`, as an optional that may be empty. */
export type OldSelf = 'plain' | 'optional';

/**
 * Where the rules (and message expressions) `texts` of a part of a schema are checked: `self` and `oldSelf` have its
 * type, so that a field it doesn't have, or a comparison of unlike types, is an error of the CRD and not of each object.
 */
export function checkEnvironment(schema: CrdSchema, oldSelf: OldSelf, texts: readonly string[]): Environment {
  const environment = withFunctions(new Environment(OPTIONS));
  // A pod template has a thousand fields; only those that a rule can name need a type.
  const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []));
  const type = typeOf(schema, { environment, words, count: 0 });
  return environment
    .registerVariable('self', type)
    .registerVariable('oldSelf', oldSelf === 'optional' ? `optional<${type}>` : type);
}

interface Typing {
  readonly environment: Environment;
  readonly words: ReadonlySet<string>;
  /** Of the types registered so far: their names are numbers. */
  count: number;
}

const METADATA: CrdSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

function typeOf(schema: CrdSchema, typing: Typing): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'dyn';
  switch (schema.type ?? '') {
    case 'integer':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return textType(schema.format);
    case 'array':
      return `list<${typeOf(schema.items ?? {}, typing)}>`;
    case 'object':
      return objectType(schema, typing);
    default:
      return 'dyn';
  }
}

function textType(format: string | undefined): string {
  if (format === 'date-time' || format === 'date') return 'google.protobuf.Timestamp';
  if (format === 'duration') return 'google.protobuf.Duration';
  return format === 'byte' ? 'bytes' : 'string';
}

function objectType(schema: CrdSchema, typing: Typing): string {
  if (typeof schema.additionalProperties === 'object') {
    return `map<string, ${typeOf(schema.additionalProperties, typing)}>`;
  }
  const fields: Record<string, string> = {};
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const escaped = escapedName(name);
    if (escaped !== undefined && typing.words.has(escaped)) fields[escaped] = typeOf(property, typing);
  }
  typing.count += 1;
  const type = `Object${typing.count}`;
  typing.environment.registerType(type, { fields });
  typing.environment.registerOperator(`${type} == ${type}`, () => true);
  return type;
}

function propertiesOf(schema: CrdSchema): Readonly<Record<string, CrdSchema>> {
  const { properties = {} } = schema;
  if (schema['x-kubernetes-embedded-resource'] !== true) return properties;
  return { ...properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA };
}

const KEYWORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** How a rule names a field (Kubernetes' escapes: `a-b` is `a__dash__b`); undefined for one that it can't name. */
export function escapedName(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  if (/^[A-Za-z][A-Za-z0-9]*$/.test(name)) return name;
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** A JSON value as rules see it: integers exact, times and bytes of their own types, nulls not there. */
export function celValue(schema: CrdSchema, value: Json): unknown {
  if (isList(value)) return value.map((item) => celValue(schema.items ?? {}, item));
  if (isObject(value)) return celObject(schema, value);
  if (typeof value === 'number') {
    return schema.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  }
  return typeof value === 'string' ? celText(schema.format, value) : value;
}

function celText(format: string | undefined, text: string): unknown {
  switch (textType(format)) {
    case 'google.protobuf.Timestamp':
      return new Date(text);
    case 'google.protobuf.Duration':
      return runEnvironment.evaluate('duration(self)', { self: text }) as unknown;
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

function celObject(schema: CrdSchema, object: JsonObject): unknown {
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const isWhole = schema['x-kubernetes-embedded-resource'] === true;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    const inner = values ?? schema.properties?.[name] ?? {};
    const read = isWhole && name !== 'metadata' ? partValue : celValue;
    fields.push([values ? name : (escapedName(name) ?? name), read(inner, value)]);
  }
  return new Map(fields);
}

const parts = new WeakMap<JsonObject, { readonly schema: CrdSchema; readonly value: unknown }>();

/**
 * A spec or status as rules see it, made once: what rules have looked at is stored as it is or thrown away, and the next
 * write shows it to them again, as the old value or unchanged.
 */
function partValue(schema: CrdSchema, value: Json): unknown {
  if (!isObject(value)) return celValue(schema, value);
  const known = parts.get(value);
  if (known?.schema === schema) return known.value;
  const made = celObject(schema, value);
  parts.set(value, { schema, value: made });
  return made;
}
