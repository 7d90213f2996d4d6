import { KubeconfigError } from '../errors.ts';

/** A map of a kubeconfig, with the words that say where it stands ("cluster \"dev\" of /home/me/.kube/config"). */
export interface Fields {
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The map under a key; an empty one when it is left out. Refuses anything else. */
export function mapField(from: Fields, key: string): Fields {
  const value = from.values[key] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) {
    return { where: `${key} of ${from.where}`, values: value as Record<string, unknown> };
  }
  throw wrong(from, key, 'a map');
}

/** A text; undefined when it is left out or empty. Refuses anything else. */
export function textField(from: Fields, key: string): string | undefined {
  const value = from.values[key];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw wrong(from, key, 'a text (put it in quotes)');
}

/** A yes or no; no when it is left out. */
export function flagField(from: Fields, key: string): boolean {
  const value = from.values[key];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw wrong(from, key, 'true or false');
}

/** A list of texts; empty when it is left out. */
export function textsField(from: Fields, key: string): string[] {
  const value = from.values[key] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrong(from, key, 'a list of texts');
}

/** A list of maps; empty when it is left out. */
export function mapsField(from: Fields, key: string): Fields[] {
  const value = from.values[key] ?? [];
  if (!Array.isArray(value)) throw wrong(from, key, 'a list');
  return value.map((item: unknown, index) => {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      return { where: `${key}[${index}] of ${from.where}`, values: item as Record<string, unknown> };
    }
    throw wrong(from, `${key}[${index}]`, 'a map');
  });
}

function wrong(from: Fields, key: string, needed: string): KubeconfigError {
  return new KubeconfigError(`reading kubeconfig: ${key} of ${from.where} must be ${needed}`);
}
