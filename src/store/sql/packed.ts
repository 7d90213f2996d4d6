import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** First byte: how the rest is written. Another way gets another number, and this one stays readable. */
const DEFLATED_JSON = 1;

/** A value as compressed JSON: a status of 3 KB becomes about 900 bytes. */
export function pack(value: unknown): Uint8Array {
  const deflated = deflateRawSync(JSON.stringify(value));
  return Buffer.concat([Buffer.of(DEFLATED_JSON), deflated]);
}

/** The value that was packed. Refuses bytes of a form that this version does not know. */
export function unpack(bytes: Uint8Array): unknown {
  if (bytes[0] !== DEFLATED_JSON) throw new Error(`unpacking a stored value: form ${bytes[0]} is not known`);
  return JSON.parse(inflateRawSync(bytes.subarray(1)).toString('utf8'));
}
