import { type FieldError, invalid, tooLong } from '../../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../../kubernetes/json.ts';
import { configKey } from '../../../kubernetes/names.ts';
import { MAX_DATA_BYTES } from './secret.ts';

type Texts = Readonly<Record<string, string>>;

/** What is wrong with a ConfigMap's keys and size. */
export function configMapErrors(map: JsonObject): readonly FieldError[] {
  const data = (map['data'] ?? {}) as Texts;
  const binary = (map['binaryData'] ?? {}) as Texts;
  const errors: FieldError[] = [];
  for (const key of Object.keys(data)) {
    errors.push(...configKey(key).map((why) => invalid(`data[${key}]`, key, why)));
    if (Object.hasOwn(binary, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  for (const key of Object.keys(binary)) {
    errors.push(...configKey(key).map((why) => invalid(`binaryData[${key}]`, key, why)));
  }
  // The field is shown as "[]": the API server has no path for the object as a whole here.
  if (bytesOf(data, 'utf8') + bytesOf(binary, 'base64') > MAX_DATA_BYTES)
    errors.push(tooLong('[]', MAX_DATA_BYTES));
  return errors;
}

function bytesOf(texts: Texts, encoding: 'utf8' | 'base64'): number {
  let bytes = 0;
  for (const text of Object.values(texts)) bytes += Buffer.byteLength(text, encoding);
  return bytes;
}
