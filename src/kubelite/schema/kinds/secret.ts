import { type FieldError, invalid, required, tooLong } from '../../../kubernetes/fieldError.ts';
import { isObject, type JsonObject } from '../../../kubernetes/json.ts';
import { configKey } from '../../../kubernetes/names.ts';

/** 1 MiB: the most that a Secret or ConfigMap may hold. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** Keys that a Secret of a type must have. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** Type Opaque; `stringData` moves into `data`, whose entries of the same key it replaces. */
export function defaultSecret(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  const type = secret['type'] || 'Opaque';
  if (!isObject(stringData)) return { ...rest, type };
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(typeof value === 'string' ? value : '').toString('base64'),
  ]);
  const data = { ...(rest['data'] as JsonObject | undefined), ...Object.fromEntries(encoded) } as JsonObject;
  return { ...rest, data, type };
}

/** What is wrong with a Secret's keys, size, and what its type wants. */
export function secretErrors(secret: JsonObject): readonly FieldError[] {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  const errors = Object.keys(data).flatMap((key) =>
    configKey(key).map((why) => invalid(`data[${key}]`, key, why)),
  );
  let bytes = 0;
  for (const value of Object.values(data)) bytes += Buffer.byteLength(value, 'base64');
  if (bytes > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  return [...errors, ...typeErrors(secret, data)];
}

function typeErrors(secret: JsonObject, data: Readonly<Record<string, string>>): FieldError[] {
  const type = typeof secret['type'] === 'string' ? secret['type'] : '';
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const errors = missing.map((key) => required(`data[${key}]`));
  if (
    type === 'kubernetes.io/basic-auth' &&
    data['username'] === undefined &&
    data['password'] === undefined
  ) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  const account = 'kubernetes.io/service-account.name';
  const metadata = secret['metadata'] as
    | { readonly annotations?: Readonly<Record<string, string>> }
    | undefined;
  if (type === 'kubernetes.io/service-account-token' && !metadata?.annotations?.[account]) {
    errors.push(required(`metadata.annotations[${account}]`));
  }
  return errors;
}
