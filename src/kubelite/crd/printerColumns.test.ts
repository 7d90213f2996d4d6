import { describe, expect, it } from 'vitest';
import { compileJsonPath } from './jsonPath.ts';
import { printerColumns } from './printerColumns.ts';

const object = {
  metadata: { creationTimestamp: '2026-01-01T00:00:00Z', labels: { 'a.b/c': 'x' } },
  spec: {
    n: 5,
    list: [
      { k: 'a', v: 1 },
      { k: 'b', v: 2 },
    ],
    flag: false,
  },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

describe('compileJsonPath', () => {
  it.each([
    ['.spec.n', [5]],
    ['.spec.list[1].v', [2]],
    ['.spec.list[*].k', ['a', 'b']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.spec.none.deeper', []],
  ])('finds %s', (path, values) => {
    expect(compileJsonPath(path)(object)).toEqual(values);
  });

  it.each(['spec', '.spec.[', '.spec[?(@.a > 1)]'])('refuses %s', (path) => {
    expect(() => compileJsonPath(path)).toThrow();
  });
});

describe('printerColumns', () => {
  it('shows values of the type that the column has, and nothing for others', () => {
    const cell = (type: string, jsonPath: string) =>
      printerColumns([{ name: 'X', type, jsonPath }])[0]?.cell(object);
    expect(cell('integer', '.spec.n')).toBe(5);
    expect(cell('string', '.spec.n')).toBe('5');
    expect(cell('integer', '.metadata.creationTimestamp')).toBeNull();
    expect(cell('date', '.metadata.creationTimestamp')).toBe('2026-01-01T00:00:00Z');
    expect(cell('boolean', '.spec.flag')).toBe(false);
    expect(cell('string', '.spec.list[0]')).toBe('{"k":"a","v":1}');
    expect(cell('string', '.spec.none')).toBeNull();
  });

  it('shows the age where a kind declares no columns', () => {
    expect(printerColumns(undefined).map(({ name }) => name)).toEqual(['Age']);
  });
});
