import type { Json } from '../json.ts';
import { formatQuantity, parseQuantity, QuantityError } from '../quantity.ts';
import { microTime, secondsTime } from '../time.ts';
import { type Findings, type Place, pathOf, refuse } from './decodeProblem.ts';
import type { Schema } from './schema.ts';

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
/** 2⁶³ as a float: what a JSON number of that size is read as. */
const INT64 = { min: -(2 ** 63), max: 2 ** 63 };

/** Reads a value that is neither list nor object; undefined, with a note in `findings`, when it is of another type. */
export function decodeScalar(
  schema: Schema,
  value: Json,
  place: Place,
  findings: Findings,
): Json | undefined {
  switch (schema.definition ?? '') {
    case 'Quantity':
      return readQuantity(value, place, findings);
    case 'Time':
    case 'MicroTime':
      return readTime(schema, value, place, findings);
    case 'IntOrString':
      if (typeof value === 'string' || isIn(INT32, value)) return value;
      return refuse(schema, value, place, findings);
    default:
      if (schema.format === 'byte' && typeof value === 'string') return readBytes(value, place, findings);
      return isOfType(schema, value) ? value : refuse(schema, value, place, findings);
  }
}

function isOfType(schema: Schema, value: Json): boolean {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return isIn(schema.format === 'int32' ? INT32 : INT64, value);
    case 'number':
      return typeof value === 'number';
    case 'array':
    case 'object':
    case undefined:
      return true;
    default:
      return schema.type satisfies never;
  }
}

function isIn(range: { readonly min: number; readonly max: number }, value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max;
}

/** Standard base64 with padding, as Go reads []byte; line breaks are allowed and not kept. */
function readBytes(text: string, place: Place, findings: Findings): string | undefined {
  const compact = text.replaceAll(/[\r\n]/g, '');
  if (compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return compact;
  const legal = /^[A-Za-z0-9+/]*/.exec(compact)?.[0].length ?? 0;
  const byte = legal === compact.length ? legal - (legal % 4) : legal;
  findings.problems.push({ field: pathOf(place), sentence: `illegal base64 data at input byte ${byte}` });
  return undefined;
}

function readQuantity(value: Json, place: Place, findings: Findings): Json | undefined {
  try {
    return formatQuantity(parseQuantity(typeof value === 'number' ? value : textOf(value)));
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    findings.problems.push({ field: pathOf(place), sentence: error.rule });
    return undefined;
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function readTime(schema: Schema, value: Json, place: Place, findings: Findings): Json | undefined {
  if (typeof value !== 'string') {
    findings.problems.push({
      field: pathOf(place),
      sentence: `json: cannot unmarshal ${typeof value} into Go value of type string`,
    });
    return undefined;
  }
  const time = schema.definition === 'MicroTime' ? microTime(value) : secondsTime(value);
  if (time === undefined) {
    const layout =
      schema.definition === 'MicroTime' ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
    findings.problems.push({
      field: pathOf(place),
      sentence: `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse it`,
    });
  }
  return time;
}
