/** How a quantity was written, and is written again: 512Mi, 1500m, 15e2. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

/** An amount of a resource, exact to the billionth as Kubernetes keeps it. */
export interface Quantity {
  /** The amount × 10⁹; smaller parts are rounded away from zero, as Kubernetes does. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** A text that is no quantity. The message begins with the text; `rule` is what it breaks, as the API server says it. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
  readonly rule: string;

  constructor(text: string, rule: string) {
    super(`"${text}" is not a quantity: ${rule}`);
    this.rule = rule;
  }
}

const NANO = 1_000_000_000n;
/** 2⁶³-1: where Kubernetes caps a quantity with a binary suffix. */
const LARGEST_BINARY = (2n ** 63n - 1n) * NANO;
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const SMALLEST_EXPONENT = -9;
const LARGEST_EXPONENT = 18;
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
/** Longer than any amount that means something; keeps `1e999999999` from filling the memory. */
const MAX_EXPONENT = 100;

/** Reads `500m`, `1.5Gi`, `1e3` or a JSON number. Throws `QuantityError` on anything else. */
export function parseQuantity(value: string | number): Quantity {
  const text = String(value);
  const shape = text === '' ? null : SHAPE.exec(text);
  if (shape === null) {
    throw new QuantityError(
      text,
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  const [, sign = '', whole = '', fraction = '', suffix = ''] = shape;
  const scale = scaleOf(suffix);
  if (scale === undefined) {
    throw new QuantityError(text, "unable to parse quantity's suffix");
  }
  const magnitude = inNano(BigInt(`${whole}${fraction}` || '0'), fraction.length, scale);
  const capped = scale.format === 'BinarySI' && magnitude > LARGEST_BINARY ? LARGEST_BINARY : magnitude;
  return { nano: sign === '-' ? -capped : capped, format: scale.format };
}

/** Below zero when `a` is less than `b`, 0 when equal; formats don't count. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.nano === b.nano) return 0;
  return a.nano < b.nano ? -1 : 1;
}

/** Kubernetes' canonical text: largest suffix that leaves an integer; `1.5Gi` becomes `1536Mi`. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.nano === 0n) return '0';
  if (quantity.format === 'BinarySI' && isWholeAndLarge(quantity.nano)) return binaryText(quantity.nano);
  let mantissa = quantity.nano;
  let exponent = SMALLEST_EXPONENT;
  const largest = quantity.format === 'DecimalExponent' ? Infinity : LARGEST_EXPONENT;
  while (exponent < largest && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (quantity.format === 'DecimalExponent')
    return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  return `${mantissa}${DECIMAL_SUFFIXES[(exponent - SMALLEST_EXPONENT) / 3] ?? ''}`;
}

/** The amount in whole units (bytes of memory), rounded up, as Kubernetes' `Value()`. */
export function wholeUnits(quantity: Quantity): number {
  return Number(roundedUp(quantity.nano, NANO));
}

/** The amount in thousandths (of a CPU), rounded up, as Kubernetes' `MilliValue()`. */
export function milliUnits(quantity: Quantity): number {
  return Number(roundedUp(quantity.nano, NANO / 1000n));
}

interface Scale {
  readonly base: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function scaleOf(suffix: string): Scale | undefined {
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { base: 1024n, exponent: binary, format: 'BinarySI' };
  const decimal = DECIMAL_SUFFIXES.indexOf(suffix);
  if (decimal >= 0) return { base: 10n, exponent: decimal * 3 + SMALLEST_EXPONENT, format: 'DecimalSI' };
  if (!/^[eE][-+]?\d+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) > MAX_EXPONENT ? undefined : { base: 10n, exponent, format: 'DecimalExponent' };
}

function inNano(digits: bigint, decimals: number, { base, exponent }: Scale): bigint {
  const divisor = 10n ** BigInt(decimals) * (exponent < 0 ? base ** BigInt(-exponent) : 1n);
  const factor = NANO * (exponent > 0 ? base ** BigInt(exponent) : 1n);
  return roundedUp(digits * factor, divisor);
}

function roundedUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function isWholeAndLarge(nano: bigint): boolean {
  const magnitude = nano < 0n ? -nano : nano;
  return magnitude >= 1024n * NANO && magnitude % NANO === 0n;
}

function binaryText(nano: bigint): string {
  let mantissa = nano / NANO;
  let step = 0;
  while (mantissa % 1024n === 0n && step < BINARY_SUFFIXES.length - 1) {
    mantissa /= 1024n;
    step += 1;
  }
  return `${mantissa}${BINARY_SUFFIXES[step] ?? ''}`;
}
