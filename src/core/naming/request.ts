import { createHash } from 'node:crypto';
import { MAX_RUN_NAME } from './naming.ts';

/** Annotations by which a repeated request finds the object that its first sending made. */
export const REQUEST_ANNOTATION = {
  /** Hash of the Idempotency-Key and the namespace. */
  key: 'endwell.dev/idempotency-key',
  /** Hash of the body that came with it. */
  body: 'endwell.dev/request-body',
} as const;

/** Hex digits of a key's hash in a name: 64 bits, no accidental clash among a namespace's runs. */
const NAME_DIGITS = 16;

/** What stands for an Idempotency-Key in annotations and names; the key itself may be anything, so it is hashed. */
export function idempotencyHash(namespace: string, key: string): string {
  return createHash('sha256').update(`${namespace}\n${key}`).digest('hex').slice(0, 40);
}

/** What stands for a request's body. Two bodies have the same hash when they are the same text. */
export function bodyHash(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 40);
}

/** Name of a run that was asked for with an Idempotency-Key and without a name: every sending gives the same one. */
export function nameFromRequest(generateName: string | undefined, hash: string): string {
  const base = (generateName ?? 'run-').slice(0, MAX_RUN_NAME - NAME_DIGITS);
  return `${base}${hash.slice(0, NAME_DIGITS)}`;
}
