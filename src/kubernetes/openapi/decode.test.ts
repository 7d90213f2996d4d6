import { describe, expect, it } from 'vitest';
import { decodeObject } from './decode.ts';
import { definitionSchema, openapiDefinitions, podTemplateSchema, propertySchema } from './schema.ts';
import { validateObject } from './validateObject.ts';

const pod = definitionSchema('io.k8s.api.core.v1.Pod');
const template = podTemplateSchema();

describe('definitionSchema', () => {
  it('follows every reference of every definition', () => {
    for (const name of Object.keys(openapiDefinitions)) {
      expect(definitionSchema(name).definition, name).toBe(name.slice(name.lastIndexOf('.') + 1));
    }
    expect(JSON.stringify(openapiDefinitions)).not.toContain('description":"');
  });

  it('keeps the merge keys of lists', () => {
    const spec = definitionSchema('io.k8s.api.core.v1.PodSpec');
    expect(propertySchema(spec, 'containers')?.['x-kubernetes-patch-merge-key']).toBe('name');
    expect(propertySchema(spec, 'constructor')).toBeUndefined();
  });

  it('refuses a name that Kubernetes has not', () => {
    expect(() => definitionSchema('io.k8s.Nothing')).toThrow('finding the schema of io.k8s.Nothing');
  });
});

describe('decodeObject', () => {
  it('drops unknown fields and nulls, and says which fields it did not know', () => {
    const { object, unknownFields, problems } = decodeObject(pod, {
      metadata: { name: 'p', lables: {}, creationTimestamp: null },
      spec: { containers: [{ name: 'a', imgae: 'x' }], __proto__: 1 },
    });
    expect(object).toEqual({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a' }] } });
    expect(unknownFields).toEqual(['metadata.lables', 'spec.containers[0].imgae']);
    expect(problems).toEqual([]);
  });

  it('writes quantities and times in their canonical form', () => {
    const { object } = decodeObject(pod, {
      metadata: { creationTimestamp: '2026-01-01T01:00:00.5+01:00' },
      spec: { containers: [{ resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    });
    expect(object).toEqual({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }] },
    });
  });
});

describe('validateObject', () => {
  const strict = { unknownFields: 'strict', requiredFields: 'check' } as const;

  it('names every field that is wrong, and why', () => {
    const wrong = {
      spec: { restartPolicy: 'Sometimes', hostNetwork: 'yes', containers: [{ image: 5, foo: 1 }] },
    };
    expect(validateObject(template, wrong, strict).map(({ field, reason }) => `${field} ${reason}`)).toEqual([
      'spec.hostNetwork FieldValueTypeInvalid',
      'spec.containers[0].image FieldValueTypeInvalid',
      'spec.containers[0].foo FieldValueForbidden',
      'spec.restartPolicy FieldValueNotSupported',
      'spec.containers[0].name FieldValueRequired',
    ]);
  });

  it('says it as the API server does', () => {
    const [error] = validateObject(template, { spec: { foo: 1, containers: [] } }, strict);
    expect(error?.message).toBe('strict decoding error: unknown field "spec.foo"');
  });

  it('lets an overlay leave out what must be there in the end, and fields of a newer Kubernetes in', () => {
    const overlay = {
      spec: { future: 1, containers: [{ name: 'main', resources: { limits: { cpu: 'x' } } }] },
    };
    const errors = validateObject(template, overlay, { unknownFields: 'ignore', requiredFields: 'skip' });
    expect(errors.map(({ field }) => field)).toEqual(['spec.containers[0].resources.limits[cpu]']);
  });
});
