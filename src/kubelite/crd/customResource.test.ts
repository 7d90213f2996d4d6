import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';
import type { CrdSchema } from './crd.ts';
import { withCrdDefaults } from './crdDefaults.ts';
import { customResource } from './customResource.ts';
import { hasFormat } from './formats.ts';
import { printerColumns } from './printerColumns.ts';

const schema: CrdSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { a: { type: 'string', maxLength: 3 }, n: { type: 'integer', default: 7 } },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
};

function crd(more: JsonObject = {}, versions: readonly string[] = ['v1']): JsonObject {
  return withCrdDefaults({
    metadata: { name: 'foos.x.io' },
    spec: {
      group: 'x.io',
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo', shortNames: ['fo'], categories: ['all'] },
      versions: versions.map((name, index) => ({
        name,
        served: name !== 'v0',
        storage: index === versions.length - 1,
        schema: { openAPIV3Schema: schema as Json },
        subresources: { status: {} },
        ...more,
      })),
    },
  });
}

const [foo] = customResource(crd({ selectableFields: [{ jsonPath: '.status.phase' }] })).versions;
const object = (spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'x.io/v1',
  kind: 'Foo',
  metadata: { name: 'f' },
  spec,
  ...more,
});

describe('a spec that was let through', () => {
  const admitted = foo?.admit({ object: object({ a: 'abc' }) }).object ?? {};

  it('is taken as it is when only the status changes, and the status is looked at', () => {
    const status = { phase: 'On', extra: 1 };
    const next = foo?.admit({ object: { ...admitted, status }, old: admitted, subresource: 'status' });
    expect(next?.object['spec']).toBe(admitted['spec']);
    expect(next?.object['status']).toEqual({ phase: 'On' });
    const wrong = { ...admitted, status: { phase: 1 } };
    expect(foo?.admit({ object: wrong, old: admitted, subresource: 'status' }).errors).not.toEqual([]);
  });

  it('is looked at again under another schema', () => {
    const narrow = { type: 'object', properties: { spec: { type: 'object', properties: {} } } };
    const [other] = customResource(crd({ schema: { openAPIV3Schema: narrow } })).versions;
    expect(other?.admit({ object: admitted, old: admitted }).object['spec']).toEqual({});
  });

  it('is looked at again as soon as it is another, equal or not', () => {
    const bad = { ...admitted, spec: { a: 'abcd', n: 7 } };
    expect(foo?.admit({ object: bad, old: admitted }).errors).toHaveLength(1);
    const unknown = foo?.admit({ object: { ...admitted, spec: { a: 'abc', z: 1 } }, old: admitted });
    expect(unknown?.object['spec']).toEqual({ a: 'abc', n: 7 });
  });
});

describe('customResource', () => {
  it('is called as its definition says', () => {
    expect(foo?.info).toEqual({
      group: 'x.io',
      version: 'v1',
      kind: 'Foo',
      plural: 'foos',
      singular: 'foo',
      shortNames: ['fo'],
      categories: ['all'],
      namespaced: true,
      hasStatus: true,
    });
    expect(foo?.selectableFields).toEqual(['status.phase']);
    expect(foo?.columns.map(({ name }) => name)).toEqual(printerColumns(undefined).map(({ name }) => name));
  });

  it('serves the versions that are served, the stored one first', () => {
    const made = customResource(crd({}, ['v0', 'v1alpha1', 'v1']));
    expect(made.storedVersion).toBe('v1');
    expect(made.versions.map(({ info }) => info.version)).toEqual(['v1', 'v1alpha1']);
  });

  it('warns of a deprecated version', () => {
    const [old] = customResource(crd({ deprecated: true })).versions;
    expect(old?.admit({ object: object({}) }).warnings).toEqual(['x.io/v1 Foo is deprecated']);
  });

  it('starts without a status, and keeps the one that a later write brings', () => {
    const written = object({}, { status: { phase: 'Running' } });
    expect(foo?.admit({ object: written }).object['status']).toBeUndefined();
    expect(foo?.admit({ object: written, old: object({}) }).object['status']).toEqual({ phase: 'Running' });
  });

  it('changes nothing of the object that it is given', () => {
    const given = object({ a: 'x', unknown: 1 });
    const before = JSON.stringify(given);
    expect(foo?.admit({ object: given }).object['spec']).toEqual({ a: 'x', n: 7 });
    expect(JSON.stringify(given)).toBe(before);
  });

  it('lets a stored value stand that a newer schema would refuse, until it is changed', () => {
    const old = object({ a: 'too long' });
    expect(foo?.admit({ object: object({ a: 'too long', n: 8 }), old }).errors).toEqual([]);
    expect(foo?.admit({ object: object({ a: 'also too long' }), old }).errors).toHaveLength(1);
  });

  it('tells clients its schema without prose', () => {
    const [name, component] = Object.entries(foo?.openapi ?? {})[0] ?? [];
    expect(name).toBe('io.x.v1.Foo');
    expect(isObject(component) && component['x-kubernetes-group-version-kind']).toEqual([
      { group: 'x.io', version: 'v1', kind: 'Foo' },
    ]);
  });
});

describe('hasFormat', () => {
  it.each([
    ['date-time', '2026-02-28T00:00:00Z', '2026-02-30T00:00:00Z'],
    ['date', '2026-02-28', '2026-2-28'],
    ['duration', '1h2m3.5s', '1x'],
    ['byte', 'YQ==', 'YQ'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    ['ipv4', '10.0.0.1', '::1'],
    ['ipv6', '::1', '10.0.0.1'],
    ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
    ['uri', 'https://x.io/a', 'not a uri'],
    ['hostname', 'a.b', '-a'],
    ['email', 'a@b', 'a'],
  ])('%s', (format, good, bad) => {
    expect(hasFormat(format, good)).toBe(true);
    expect(hasFormat(format, bad)).toBe(false);
  });

  it('knows nothing against formats that Kubernetes does not check', () => {
    expect(hasFormat('password', 'x')).toBe(true);
  });
});
