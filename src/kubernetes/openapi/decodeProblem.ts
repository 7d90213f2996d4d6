import { isList, type Json } from '../json.ts';
import type { Schema } from './schema.ts';

/** A value that is not of its field's type. */
export interface DecodeProblem {
  /** `spec.containers[0].image` */
  readonly field: string;
  /** As the API server says it: `json: cannot unmarshal string into Go struct field …`. */
  readonly sentence: string;
}

/** Where a value stands. Its path is put together only when there is something to say of it. */
export interface Place {
  /** What holds it; undefined for the whole object. */
  readonly within: Place | undefined;
  /** `image`, `[0]`, `[key]`. */
  readonly step: string;
  /** The Go type of the object that holds the field. */
  readonly owner: string;
}

/** `spec.containers[0].image`; '' for the whole object. */
export function pathOf({ within, step }: Place): string {
  const above = within ? pathOf(within) : '';
  return above === '' || isItem(step) ? `${above}${step}` : `${above}.${step}`;
}

/** The path without indexes and keys, as in the API server's sentences. */
function goPathOf({ within, step }: Place): string {
  const above = within ? goPathOf(within) : '';
  if (isItem(step)) return above;
  return above === '' ? step : `${above}.${step}`;
}

function isItem(step: string): boolean {
  return step.startsWith('[');
}

/** What is found on the way. */
export interface Findings {
  readonly unknownFields: string[];
  readonly problems: DecodeProblem[];
}

/** Notes that `value` can't be read as `schema` wants it. */
export function refuse(schema: Schema, value: Json, place: Place, findings: Findings): undefined {
  const isNumber = typeof value === 'number' && schema.type === 'integer';
  const found = isNumber ? `number ${value}` : jsonType(value);
  const where = `Go struct field ${place.owner}.${goPathOf(place)}`;
  findings.problems.push({
    field: pathOf(place),
    sentence: `json: cannot unmarshal ${found} into ${where} of type ${goType(schema)}`,
  });
  return undefined;
}

function goType(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return `[]${goType(schema.items ?? {})}`;
    case 'object':
      return schema.definition === undefined
        ? `map[string]${goType((schema.additionalProperties as Schema | undefined) ?? {})}`
        : `v1.${schema.definition}`;
    case 'integer':
      return schema.format ?? 'int';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'string':
      return schema.format === 'byte' ? '[]uint8' : 'string';
    case undefined:
      return schema.definition === 'IntOrString' ? 'int32' : 'interface {}';
    default:
      return schema.type satisfies never;
  }
}

function jsonType(value: Json): string {
  if (isList(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
