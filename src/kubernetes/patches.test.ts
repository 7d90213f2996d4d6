import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.ts';
import { jsonPatch } from './jsonPatch.ts';
import { mergePatch } from './mergePatch.ts';
import type { PatchError } from './patchError.ts';

const base = { spec: { list: ['a', 'b', 'c'], map: { x: 1, 'y/z': 2 } } };

describe('jsonPatch', () => {
  it.each<[string, object, unknown]>([
    ['adds a field', { op: 'add', path: '/spec/new', value: 1 }, { ...base.spec, new: 1 }],
    [
      'inserts into a list',
      { op: 'add', path: '/spec/list/1', value: 'n' },
      { ...base.spec, list: ['a', 'n', 'b', 'c'] },
    ],
    [
      'appends to a list',
      { op: 'add', path: '/spec/list/-', value: 'n' },
      { ...base.spec, list: ['a', 'b', 'c', 'n'] },
    ],
    ['removes an item', { op: 'remove', path: '/spec/list/0' }, { ...base.spec, list: ['b', 'c'] }],
    [
      'replaces an item in its place',
      { op: 'replace', path: '/spec/list/1', value: 'n' },
      { ...base.spec, list: ['a', 'n', 'c'] },
    ],
    [
      'moves',
      { op: 'move', from: '/spec/list/2', path: '/spec/list/0' },
      { ...base.spec, list: ['c', 'a', 'b'] },
    ],
    [
      'copies',
      { op: 'copy', from: '/spec/map/x', path: '/spec/map/w' },
      { ...base.spec, map: { ...base.spec.map, w: 1 } },
    ],
    [
      'reads ~1 as a slash',
      { op: 'replace', path: '/spec/map/y~1z', value: 3 },
      { ...base.spec, map: { x: 1, 'y/z': 3 } },
    ],
    [
      'goes on after a test that holds',
      { op: 'test', path: '/spec/map', value: { 'y/z': 2, x: 1 } },
      base.spec,
    ],
  ])('%s', (_, operation, spec) => {
    expect(jsonPatch(base, [operation])).toEqual({ spec });
  });

  it.each<[string, object, string]>([
    [
      'a failed test',
      { op: 'test', path: '/spec/map/x', value: 2 },
      'operation 1 (test /spec/map/x): the value there',
    ],
    [
      'a removal of nothing',
      { op: 'remove', path: '/spec/none' },
      'operation 1 (remove /spec/none): there is no none',
    ],
    ['an index outside', { op: 'add', path: '/spec/list/4', value: 1 }, 'index 4 is outside the list of 3'],
    ['an unknown op', { op: 'set', path: '/spec', value: 1 }, 'op must be one of'],
    ['a missing value', { op: 'add', path: '/spec/a' }, 'value is missing'],
    ['a path without slash', { op: 'add', path: 'spec', value: 1 }, 'path must be a JSON pointer'],
    ['a move into itself', { op: 'move', from: '/spec', path: '/spec/map/a' }, 'moved into itself'],
  ])('names the operation of %s', (_, operation, sentence) => {
    const first = { op: 'test', path: '/spec/map/x', value: 1 };
    expect(() => jsonPatch(base, [first, operation])).toThrow(sentence);
  });

  it('tells a patch that no object takes from one that this object does not take', () => {
    const kindOf = (operations: unknown) => {
      try {
        jsonPatch(base, operations);
        return undefined;
      } catch (error) {
        return (error as PatchError).kind;
      }
    };
    expect(kindOf({})).toBe('malformed');
    expect(kindOf([{ op: 'remove', path: '/a' }])).toBe('unprocessable');
  });
});

describe('mergePatch', () => {
  it('deletes by null, merges objects, replaces lists', () => {
    const patch = { spec: { list: ['n'], map: { x: null, w: { a: 1, b: null } } } };
    expect(mergePatch(base, patch)).toEqual({ spec: { list: ['n'], map: { 'y/z': 2, w: { a: 1 } } } });
  });

  const json = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

  it('changes nothing when the patch is empty', () => {
    fc.assert(
      fc.property(json, (object) => {
        expect(mergePatch(object, {})).toEqual(object);
      }),
    );
  });

  it('gives the same when laid over twice, and leaves its arguments as they were', () => {
    fc.assert(
      fc.property(json, json, (object, patch) => {
        const before = JSON.stringify([object, patch]);
        const once = mergePatch(object, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([object, patch])).toBe(before);
      }),
    );
  });
});
