import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidError } from '../../src/kube/errors.ts';
import { customResourceDefinitions } from '../../src/kube/resources.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';
import { useCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

interface Widget extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const widgets: Resource<Widget> = {
  group: 'conformance.endwell.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      'x-kubernetes-validations': [
        { rule: 'self.size <= self.max', message: 'size must not pass max' },
        { rule: 'self.colour == oldSelf.colour', message: 'colour is immutable' },
      ],
      properties: {
        size: { type: 'integer', minimum: 1 },
        max: { type: 'integer', default: 10 },
        colour: { type: 'string', enum: ['red', 'green'], default: 'red' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        cancel: {
          type: 'object',
          properties: { by: { type: 'string' } },
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'cancel is set once' }],
        },
      },
    },
    status: {
      type: 'object',
      properties: { phase: { type: 'string' }, note: { type: 'string' } },
      'x-kubernetes-validations': [
        {
          rule: "has(oldSelf.phase) && oldSelf.phase in ['Done'] ? self.phase == oldSelf.phase : true",
          message: 'phase is final',
        },
      ],
    },
  },
};

const definition = {
  metadata: { name: 'widgets.conformance.endwell.dev' },
  spec: {
    group: 'conformance.endwell.dev',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.colour' }],
        schema: { openAPIV3Schema: schema },
      },
    ],
  },
};

const cluster = useCluster();

beforeAll(async () => {
  const { client } = cluster();
  await client.delete(customResourceDefinitions, definition.metadata).catch(() => undefined);
  await eventually(
    () =>
      client.get(customResourceDefinitions, definition.metadata).then(
        () => false,
        () => true,
      ),
    'an old definition to be gone',
  );
  await client.create(customResourceDefinitions, definition);
  await eventually(() => client.list(widgets).catch(() => undefined), 'the resource to be served');
});

afterAll(async () => {
  await cluster().client.delete(customResourceDefinitions, definition.metadata);
});

describe('a custom resource', () => {
  const make = (namespace: string, spec: Record<string, unknown>, name = 'w') =>
    cluster().client.create(widgets, {
      apiVersion: 'conformance.endwell.dev/v1',
      kind: 'Widget',
      metadata: { name, namespace },
      spec,
    });

  it('gets its defaults, and loses what its schema does not know', async () => {
    const namespace = await cluster().namespace();
    const made = await make(namespace, { size: 1, unknown: true, free: { any: { thing: [1] } } });
    expect(made.spec).toEqual({ size: 1, max: 10, colour: 'red', free: { any: { thing: [1] } } });
  });

  it.each([
    ['a missing field', {}, /spec\.size: Required value/],
    ['a wrong type', { size: 'big' }, /spec\.size: Invalid value/],
    ['a value below the minimum', { size: 0 }, /spec\.size: Invalid value/],
    ['a value outside the enum', { size: 1, colour: 'blue' }, /spec\.colour: Unsupported value: "blue"/],
    ['a broken rule', { size: 20 }, /size must not pass max/],
  ])('refuses %s, naming it', async (_what, spec, sentence) => {
    const namespace = await cluster().namespace();
    const refused = make(namespace, spec);
    await expect(refused).rejects.toThrow(InvalidError);
    await expect(refused).rejects.toThrow(sentence);
  });

  it('keeps what a transition rule forbids to change', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await make(namespace, { size: 1 });
    const ref = { namespace, name: 'w' };
    const patch = (spec: object) => client.patch(widgets, ref, { type: 'merge', body: { spec } });
    await expect(patch({ colour: 'green' })).rejects.toThrow(/colour is immutable/);
    await patch({ cancel: { by: 'me' } });
    await expect(patch({ cancel: { by: 'you' } })).rejects.toThrow(/cancel is set once/);
    expect((await patch({ size: 2 })).spec).toMatchObject({ size: 2, cancel: { by: 'me' } });
  });

  it('keeps spec and status apart, and counts changes of the spec', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const made = await make(namespace, { size: 1 });
    expect(made.metadata?.generation).toBe(1);
    const ref = { namespace, name: 'w' };
    const body = { spec: { size: 5 }, status: { phase: 'Started' } };
    const status = await client.patch(widgets, ref, { type: 'merge', body }, { subresource: 'status' });
    expect(status).toMatchObject({
      spec: { size: 1 },
      status: { phase: 'Started' },
      metadata: { generation: 1 },
    });
    const spec = await client.patch(widgets, ref, {
      type: 'merge',
      body: { ...body, status: { phase: 'No' } },
    });
    expect(spec).toMatchObject({
      spec: { size: 5 },
      status: { phase: 'Started' },
      metadata: { generation: 2 },
    });
  });

  it('holds transition rules on status too', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await make(namespace, { size: 1 });
    const set = (status: object) =>
      client.patch(
        widgets,
        { namespace, name: 'w' },
        { type: 'merge', body: { status } },
        { subresource: 'status' },
      );
    await set({ phase: 'Started' });
    await set({ phase: 'Done' });
    await expect(set({ phase: 'Started' })).rejects.toThrow(/phase is final/);
    expect((await set({ note: 'more' })).status).toEqual({ phase: 'Done', note: 'more' });
  });

  it('is selected by the fields that its definition names', async () => {
    const namespace = await cluster().namespace();
    await make(namespace, { size: 1, colour: 'red' }, 'a');
    await make(namespace, { size: 1, colour: 'green' }, 'b');
    const green = await cluster().client.list(widgets, { namespace, fieldSelector: 'spec.colour=green' });
    expect(green.items.map((item) => item.metadata?.name)).toEqual(['b']);
  });
});

describe('a definition', () => {
  it('whose rule can not be evaluated is refused, with the rule', async () => {
    const broken = structuredClone(definition);
    broken.metadata.name = 'gadgets.conformance.endwell.dev';
    broken.spec.names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', shortNames: [] };
    const [version] = broken.spec.versions;
    if (version === undefined) throw new Error('no version');
    version.schema.openAPIV3Schema = {
      type: 'object',
      properties: {
        spec: { type: 'object', 'x-kubernetes-validations': [{ rule: 'nosuch(self)', message: 'x' }] },
      },
    } as never;
    await expect(cluster().client.create(customResourceDefinitions, broken as never)).rejects.toThrow(
      /nosuch/,
    );
  });
});
