import type { JsonObject } from './json.ts';

/** One strategic merge of a pod template, with the answer of a Kubernetes 1.34.4 API server. */
export interface MergeCase {
  readonly what: string;
  readonly base: JsonObject;
  readonly patch: JsonObject;
  readonly merged: JsonObject;
}

const container = (name: string, more: JsonObject = {}): JsonObject => ({ name, image: 'i:1', ...more });
const spec = (value: JsonObject): JsonObject => ({ spec: value });
const containers = (...items: readonly JsonObject[]): JsonObject => spec({ containers: items });
const abc = containers(container('a'), container('b'), container('c'));
const env = (...items: readonly JsonObject[]): JsonObject => containers(container('a', { env: items }));
const finalizers = (...items: readonly string[]): JsonObject => ({ metadata: { finalizers: items }, ...abc });

/** Tried on the real API server with PodTemplates; `merged` is what it stored, defaults apart. */
export const MERGE_CASES: readonly MergeCase[] = [
  {
    what: 'merges a container by its name',
    base: abc,
    patch: containers({ name: 'b', command: ['x'] }),
    merged: containers(container('a'), container('b', { command: ['x'] }), container('c')),
  },
  {
    what: 'puts a new container first, as the patch has nothing before it',
    base: abc,
    patch: containers(container('n')),
    merged: containers(container('n'), container('a'), container('b'), container('c')),
  },
  {
    what: 'orders the containers of the patch as the patch does',
    base: abc,
    patch: containers({ name: 'c' }, { name: 'a' }),
    merged: containers(container('b'), container('c'), container('a')),
  },
  {
    what: 'puts a new container behind the one it follows in the patch',
    base: abc,
    patch: containers({ name: 'b' }, container('n')),
    merged: containers(container('a'), container('b'), container('n'), container('c')),
  },
  {
    what: 'deletes a container',
    base: abc,
    patch: containers({ name: 'b', $patch: 'delete' }),
    merged: containers(container('a'), container('c')),
  },
  {
    what: 'replaces the whole list',
    base: abc,
    patch: containers(container('n'), { $patch: 'replace' }),
    merged: containers(container('n')),
  },
  {
    what: 'takes the order from $setElementOrder',
    base: abc,
    patch: spec({ '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] }),
    merged: containers(container('c'), container('b'), container('a')),
  },
  {
    what: 'merges and orders at once',
    base: abc,
    patch: spec({
      '$setElementOrder/containers': [{ name: 'n' }, { name: 'b' }, { name: 'a' }],
      containers: [container('n'), { name: 'a', workingDir: '/w' }],
    }),
    merged: containers(container('n'), container('b'), container('a', { workingDir: '/w' }), container('c')),
  },
  {
    what: 'replaces a list that has no merge key',
    base: containers(container('a', { command: ['x', 'y'] })),
    patch: containers({ name: 'a', command: ['z'] }),
    merged: containers(container('a', { command: ['z'] })),
  },
  {
    what: 'merges environment variables by name',
    base: env({ name: 'A', value: '1' }, { name: 'B', value: '2' }),
    patch: env({ name: 'B', value: '3' }, { name: 'C', value: '4' }),
    merged: env({ name: 'A', value: '1' }, { name: 'B', value: '3' }, { name: 'C', value: '4' }),
  },
  {
    what: 'deletes by null, in a map too',
    base: {
      metadata: { labels: { a: '1', b: '2' } },
      ...spec({ ...(abc['spec'] as JsonObject), hostname: 'h' }),
    },
    patch: { metadata: { labels: { a: null } }, spec: { hostname: null } },
    merged: { metadata: { labels: { b: '2' } }, ...abc },
  },
  {
    what: 'replaces an object by $patch',
    base: spec({ ...(abc['spec'] as JsonObject), nodeSelector: { a: '1' } }),
    patch: spec({ nodeSelector: { $patch: 'replace', b: '2' } }),
    merged: spec({ ...(abc['spec'] as JsonObject), nodeSelector: { b: '2' } }),
  },
  {
    what: 'keeps only the retained keys',
    base: spec({ ...(abc['spec'] as JsonObject), volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] }),
    patch: spec({
      volumes: [
        { name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c', defaultMode: 420 } },
      ],
    }),
    merged: spec({
      ...(abc['spec'] as JsonObject),
      volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 420 } }],
    }),
  },
  {
    what: 'unites lists of plain values',
    base: finalizers('e.io/a', 'e.io/b'),
    patch: { metadata: { finalizers: ['e.io/b', 'e.io/c'] } },
    merged: finalizers('e.io/a', 'e.io/b', 'e.io/c'),
  },
  {
    what: 'takes plain values out of a list',
    base: finalizers('e.io/a', 'e.io/b', 'e.io/c'),
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['e.io/b'] } },
    merged: finalizers('e.io/a', 'e.io/c'),
  },
  {
    what: 'takes out and puts in at once, in the order given',
    base: finalizers('e.io/a', 'e.io/b'),
    patch: {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['e.io/a'],
        '$setElementOrder/finalizers': ['e.io/c', 'e.io/b'],
        finalizers: ['e.io/c'],
      },
    },
    merged: finalizers('e.io/c', 'e.io/b'),
  },
  {
    what: 'replaces tolerations as a whole',
    base: spec({ ...(abc['spec'] as JsonObject), tolerations: [{ key: 'a', operator: 'Exists' }] }),
    patch: spec({ tolerations: [{ key: 'b', operator: 'Exists' }] }),
    merged: spec({ ...(abc['spec'] as JsonObject), tolerations: [{ key: 'b', operator: 'Exists' }] }),
  },
];
