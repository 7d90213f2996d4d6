import type { EnvVar, Toleration } from 'kubernetes-types/core/v1.d.ts';
import { parseQuantity, QuantityError } from '../../kubernetes/quantity.ts';

/** What is read from, and what was found wrong in it. Readers add to `problems` and give the fall-back, so that all is told at once. */
export interface SettingReader {
  /** By key: text of a variable, or whatever stands in a file. Undefined: not set. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly problems: string[];
}

/** Text without what surrounds it; the fall-back where the key is not set. Refuses what is no text, number or truth value. */
export function readText(reader: SettingReader, key: string, fallback: string): string {
  return textOf(reader, key, reader.raw[key], fallback);
}

/** The same of a value that stands deeper; `name` is what it is called in a sentence. */
export function textOf(reader: SettingReader, name: string, value: unknown, fallback: string): string {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  reader.problems.push(`${name} must be text`);
  return fallback;
}

/** One of a closed list of words. */
export function readChoice<T extends string>(
  reader: SettingReader,
  key: string,
  choices: readonly T[],
  fallback: T,
): T {
  const text = readText(reader, key, fallback);
  const chosen = choices.find((choice) => choice === text);
  if (chosen === undefined)
    reader.problems.push(`${key} '${text}' is invalid - must be one of ${choices.join(', ')}`);
  return chosen ?? fallback;
}

/** A whole number; `rule` is the end of the sentence about one below `least`. */
export function readNumber(
  reader: SettingReader,
  key: string,
  bound: { readonly fallback: number; readonly least: number; readonly rule: string },
): number {
  const text = readText(reader, key, String(bound.fallback));
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    reader.problems.push(`${key} '${text}' is not a whole number`);
    return bound.fallback;
  }
  if (Number(text) < bound.least) reader.problems.push(`${key} must be ${bound.rule}`);
  return Number(text);
}

/** True or false, in any case of letters. */
export function readSwitch(reader: SettingReader, key: string, fallback: boolean): boolean {
  const text = readText(reader, key, String(fallback)).toLowerCase();
  if (text !== 'true' && text !== 'false')
    reader.problems.push(`${key} '${text}' is invalid - must be true or false`);
  return text === 'true';
}

/** Parts of a list: `a,b` or a list of texts. Empty parts are left out. */
export function readNames(reader: SettingReader, key: string): string[] {
  const value = reader.raw[key];
  const parts = Array.isArray(value) ? value.map(String) : readText(reader, key, '').split(',');
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Pairs: `a=b,c=d` or a mapping. Refuses a part that is no pair. */
export function readPairs(reader: SettingReader, key: string): Record<string, string> {
  const value = reader.raw[key];
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
  const pairs = readNames(reader, key).map((part) => splitAt(part, '='));
  for (const pair of pairs) {
    if (pair.value === undefined || pair.name === '')
      reader.problems.push(`${key} '${pair.text}' is invalid - must be key=value,key=value`);
  }
  return Object.fromEntries(pairs.map(({ name, value: one }) => [name, one ?? '']));
}

/** Variables: `NAME:value,NAME:value`, a list of such texts, or a mapping. The value may hold colons. */
export function readVariables(reader: SettingReader, key: string): EnvVar[] {
  const value = reader.raw[key];
  if (isMapping(value)) return Object.entries(value).map(([name, one]) => ({ name, value: String(one) }));
  return readNames(reader, key).flatMap((part) => {
    const { name, value: one } = splitAt(part, ':');
    if (one !== undefined && name !== '') return [{ name, value: one }];
    // Not the part itself: what stands in a variable may be a secret.
    reader.problems.push(`${key} has an entry that is not NAME:value`);
    return [];
  });
}

/** Tolerations: a list, or one as JSON. Refuses a list with a bad entry, naming the entry. */
export function readTolerations(reader: SettingReader, key: string): Toleration[] {
  const value = readJson(reader, key);
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    reader.problems.push(`${key} must be a list of tolerations`);
    return [];
  }
  value.forEach((one: unknown, index) => {
    const problem = tolerationProblem(one);
    if (problem !== undefined) reader.problems.push(`${key}[${index}] ${problem}`);
  });
  return value as Toleration[];
}

/** A value from a file, or the JSON that a variable holds; undefined where it is not set or blank. */
export function readJson(reader: SettingReader, key: string): unknown {
  const value = reader.raw[key];
  if (typeof value !== 'string') return value ?? undefined;
  if (value.trim() === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    reader.problems.push(`${key} is neither JSON nor a value of the file`);
    return undefined;
  }
}

/** The amount in billionths; undefined for what is no quantity, which is then told. */
export function checkQuantity(reader: SettingReader, key: string, text: string): bigint | undefined {
  try {
    return parseQuantity(text).nano;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    reader.problems.push(`Invalid resource quantity format: ${key} ${error.message}`);
    return undefined;
  }
}

/** Whether a value is a mapping of names to values. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const OPERATORS: readonly unknown[] = [undefined, 'Exists', 'Equal'];
const EFFECTS: readonly unknown[] = [undefined, '', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function tolerationProblem(value: unknown): string | undefined {
  if (!isMapping(value)) return 'must be a mapping';
  if (!OPERATORS.includes(value['operator'])) return 'has an operator that is neither Exists nor Equal';
  if (!EFFECTS.includes(value['effect']))
    return 'has an effect that is none of NoSchedule, PreferNoSchedule, NoExecute';
  if (value['tolerationSeconds'] !== undefined && !Number.isInteger(value['tolerationSeconds']))
    return 'has tolerationSeconds that are no whole number';
  const texts = [value['key'], value['value']];
  return texts.every((text) => text === undefined || typeof text === 'string')
    ? undefined
    : 'has a key or a value that is no text';
}

function splitAt(text: string, separator: string): { text: string; name: string; value: string | undefined } {
  const at = text.indexOf(separator);
  return at < 0
    ? { text, name: text, value: undefined }
    : { text, name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}
