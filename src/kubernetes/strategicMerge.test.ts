import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isList, isObject, type Json, type JsonObject } from './json.ts';
import { definitionSchema, podTemplateSchema, type Schema } from './openapi/schema.ts';
import { MERGE_CASES } from './strategicMerge.cases.ts';
import { strategicMerge } from './strategicMerge.ts';

const template = podTemplateSchema();
const podSpec = definitionSchema('io.k8s.api.core.v1.PodSpec');

/** Objects that the schema allows, a few levels deep; every field of the schema turns up. */
function arbitrary(schema: Schema, depth: number): fc.Arbitrary<Json> {
  if (schema.properties !== undefined && depth > 0) {
    const fields = Object.entries(schema.properties).map(
      ([name, property]) => [name, arbitrary(property, depth - 1)] as const,
    );
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Json>;
  }
  if (schema.type === 'array') return listOf(schema, depth);
  if (schema.type === 'integer') return fc.nat(9);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'object')
    return fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.string()) as fc.Arbitrary<Json>;
  return fc.constantFrom('p', 'q', 'r');
}

function listOf(schema: Schema, depth: number): fc.Arbitrary<Json> {
  const items = schema.items ?? {};
  const key = schema['x-kubernetes-patch-merge-key'];
  if (items.properties !== undefined && depth <= 1) return fc.constant([]);
  if (key === undefined) return fc.array(arbitrary(items, depth - 1), { maxLength: 2 }) as fc.Arbitrary<Json>;
  const keyed = fc
    .tuple(arbitrary(items, depth - 1), fc.constantFrom('a', 'b', 'c'))
    .map(([item, name]) => ({ ...(item as JsonObject), [key]: name }));
  return fc.uniqueArray(keyed, { maxLength: 3, selector: (item) => item[key] }) as fc.Arbitrary<Json>;
}

const anySpec = arbitrary(podSpec, 4) as fc.Arbitrary<JsonObject>;
const refusing = { directives: 'refuse' } as const;
const following = { directives: 'follow' } as const;

/** True when everything in `part` can be found in `whole`, items of keyed lists by their key. */
function contains(schema: Schema | undefined, whole: Json | undefined, part: Json): boolean {
  if (isObject(part)) {
    return (
      isObject(whole) &&
      Object.entries(part).every(([name, value]) =>
        contains(schema?.properties?.[name], whole[name], value ?? null),
      )
    );
  }
  const key = schema?.['x-kubernetes-patch-merge-key'];
  if (isList(part) && isList(whole) && key !== undefined) {
    return part.every((item) =>
      whole.some(
        (other) =>
          isObject(other) &&
          isObject(item) &&
          other[key] === item[key] &&
          contains(schema?.items, other, item),
      ),
    );
  }
  if (isList(part) && isList(whole) && schema?.['x-kubernetes-patch-strategy'] !== undefined) {
    return part.every((item) => whole.includes(item));
  }
  return JSON.stringify(whole) === JSON.stringify(part);
}

describe('strategicMerge', () => {
  it.each(MERGE_CASES)('$what', ({ base, patch, merged }) => {
    expect(strategicMerge(template, base, patch, following)).toEqual(merged);
  });

  it('changes nothing when the patch is empty, and takes all when the base is', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        expect(strategicMerge(podSpec, spec, {}, refusing)).toEqual(spec);
        expect(strategicMerge(podSpec, {}, spec, refusing)).toEqual(spec);
      }),
      { numRuns: 50 },
    );
  });

  it('loses no field of the patch, and leaves both as they were', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (base, patch) => {
        const before = JSON.stringify([base, patch]);
        const merged = strategicMerge(podSpec, base, patch, refusing);
        expect(contains(podSpec, merged, patch)).toBe(true);
        expect(JSON.stringify([base, patch])).toBe(before);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same when laid over twice', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (base, patch) => {
        const once = strategicMerge(podSpec, base, patch, refusing);
        expect(strategicMerge(podSpec, once, patch, refusing)).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps fields that the schema does not know', () => {
    const base = { spec: { future: { list: [1], a: 1 }, containers: [] } };
    const patch = { spec: { future: { b: 2 }, other: 'x' } };
    expect(strategicMerge(template, base, patch, refusing)).toEqual({
      spec: { future: { list: [1], a: 1, b: 2 }, containers: [], other: 'x' },
    });
  });

  it.each<[string, JsonObject, string]>([
    [
      '$patch in an item',
      { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
      'spec.containers[0].$patch',
    ],
    ['$retainKeys', { spec: { $retainKeys: ['containers'] } }, 'spec.$retainKeys'],
    ['$setElementOrder', { spec: { '$setElementOrder/containers': [] } }, 'spec.$setElementOrder/containers'],
    [
      '$deleteFromPrimitiveList',
      { metadata: { '$deleteFromPrimitiveList/finalizers': [] } },
      'directives are not allowed',
    ],
  ])('refuses %s where directives are refused, naming the field', (_, patch, sentence) => {
    expect(() => strategicMerge(template, {}, patch, refusing)).toThrow(sentence);
  });

  it.each<[string, JsonObject, string]>([
    [
      'an item without its key',
      { spec: { containers: [{ image: 'i' }] } },
      'spec.containers[0]: it lacks "name"',
    ],
    ['an unknown $patch', { spec: { $patch: 'spread' } }, 'unknown patch type "spread"'],
    ['an order that is no list', { spec: { '$setElementOrder/containers': 1 } }, 'must be a list'],
  ])('refuses %s', (_, patch, sentence) => {
    const base = { spec: { containers: [{ name: 'a' }] } };
    expect(() => strategicMerge(template, base, patch, following)).toThrow(sentence);
  });
});
