import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareQuantities, formatQuantity, milliUnits, parseQuantity, wholeUnits } from './quantity.ts';

const canonical = (text: string | number) => formatQuantity(parseQuantity(text));

describe('formatQuantity', () => {
  it.each([
    ['0', '0'],
    ['0Mi', '0'],
    ['1.5', '1500m'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1024Mi', '1Gi'],
    ['1023', '1023'],
    ['512', '512'],
    ['1000m', '1'],
    ['100000k', '100M'],
    ['0.1m', '100u'],
    ['0.1n', '1n'],
    ['1e3', '1e3'],
    ['1500e-3', '1500e-3'],
    ['15e2', '1500'],
    ['1.5Ki', '1536'],
    ['0.5Ki', '512'],
    ['-2Gi', '-2Gi'],
    ['1G', '1G'],
    ['.5', '500m'],
    ['1.', '1'],
    ['10Ei', '9223372036854775807'],
    ['1E', '1E'],
  ])('writes %s as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it('reads a JSON number like its text', () => {
    expect(canonical(0.5)).toBe('500m');
  });

  it('keeps the amount and stays as it is when read again', () => {
    const suffix = fc.constantFrom('', 'm', 'u', 'n', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-2');
    fc.assert(
      fc.property(fc.integer({ min: -99999, max: 99999 }), fc.nat(999), suffix, (whole, part, unit) => {
        const quantity = parseQuantity(`${whole}.${part}${unit}`);
        const text = formatQuantity(quantity);
        expect(compareQuantities(parseQuantity(text), quantity)).toBe(0);
        expect(canonical(text)).toBe(text);
      }),
    );
  });
});

describe('parseQuantity', () => {
  it.each(['', '1i', '1KiB', '1 Gi', '1,5', 'abc', '1.1.1', '--1', '1mm', '0x10', '1e', '1e5.2'])(
    'refuses %j and says which text it was',
    (text) => {
      expect(() => parseQuantity(text)).toThrow(`"${text}" is not a quantity`);
    },
  );
});

describe('compareQuantities', () => {
  it('compares amounts, whatever their suffixes', () => {
    expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBe(1);
    expect(compareQuantities(parseQuantity('500m'), parseQuantity('0.5'))).toBe(0);
    expect(compareQuantities(parseQuantity('1Mi'), parseQuantity('2Mi'))).toBe(-1);
  });
});

describe('wholeUnits and milliUnits', () => {
  it('round up, so that something asked for is never nothing', () => {
    expect(wholeUnits(parseQuantity('1m'))).toBe(1);
    expect(wholeUnits(parseQuantity('1.5Ki'))).toBe(1536);
    expect(milliUnits(parseQuantity('1u'))).toBe(1);
    expect(milliUnits(parseQuantity('2'))).toBe(2000);
  });
});
