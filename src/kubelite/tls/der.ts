/** The few kinds of DER value (ITU-T X.690) that a certificate is made of; each function returns one encoded value. */

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

/** UTCTime has two digits for the year: RFC 5280 wants it before 2050 and GeneralizedTime from then on. */
const FIRST_GENERALIZED_YEAR = 2050;

/** A value of any tag. */
export function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** Several values one after the other. */
export function sequence(...values: readonly Buffer[]): Buffer {
  return tagged(SEQUENCE, Buffer.concat(values));
}

/** A set of one value, as names use it. */
export function setOf(value: Buffer): Buffer {
  return tagged(SET, value);
}

/** A whole number that isn't negative, from its bytes, the highest first. */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const short = bytes.subarray(start);
  const negative = ((short[0] ?? 0) & 0x80) !== 0;
  return tagged(INTEGER, negative ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** `1.2.840.10045.2.1` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Bits; the last `unused` of the last byte don't count. */
export function bitString(bytes: Buffer, unused = 0): Buffer {
  return tagged(BIT_STRING, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** Bytes. */
export function octetString(bytes: Buffer): Buffer {
  return tagged(OCTET_STRING, bytes);
}

/** Text. */
export function utf8String(text: string): Buffer {
  return tagged(UTF8_STRING, Buffer.from(text, 'utf8'));
}

/** DER writes true only; false is left out as a default. */
export function truth(): Buffer {
  return tagged(BOOLEAN, Buffer.from([0xff]));
}

/** A time in whole seconds; `ms` since the epoch. */
export function time(ms: number): Buffer {
  const date = new Date(ms);
  const digits = `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`;
  const short = date.getUTCFullYear() < FIRST_GENERALIZED_YEAR;
  return short
    ? tagged(UTC_TIME, Buffer.from(digits.slice(2)))
    : tagged(GENERALIZED_TIME, Buffer.from(digits));
}

/** A field that is told apart by its number: `[0] EXPLICIT`. */
export function explicit(number: number, value: Buffer): Buffer {
  return tagged(0xa0 | number, value);
}

/** A bare value under a number in place of its tag: `[2] IMPLICIT`. */
export function implicit(number: number, content: Buffer): Buffer {
  return tagged(0x80 | number, content);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function base128(number: number): number[] {
  const bytes = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest % 128));
  }
  return bytes;
}
