import { BadRequestError } from '../errors.ts';
import type { KubeObject, ListOptions, ObjectRef, Resource } from '../types.ts';

/** Values of a query; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A path with its query, in a fixed order. */
export function withQuery(path: string, query: Query): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parts.push(`${key}=${encodeURIComponent(value)}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}

/** Where the objects of a resource live: of one namespace, or (no namespace) of all. */
export function collectionPath(resource: Resource<KubeObject>, namespace: string | undefined): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === undefined ? '' : `/namespaces/${segment(namespace, 'namespace')}`;
  return `${root}${within}/${resource.plural}`;
}

/** Where one object lives. Refuses what would name something else: no name, no namespace, `..`. */
export function objectPath(resource: Resource<KubeObject>, ref: ObjectRef, subresource?: string): string {
  const collection = collectionPath(resource, requiredNamespace(resource, ref.namespace));
  const path = `${collection}/${segment(ref.name, 'name')}`;
  return subresource === undefined ? path : `${path}/${segment(subresource, 'subresource')}`;
}

/** The namespace to write to; undefined for cluster-scoped resources. Refuses when a needed one is missing. */
export function requiredNamespace(
  resource: Resource<KubeObject>,
  namespace: string | undefined,
): string | undefined {
  if (!resource.namespaced) return undefined;
  if (namespace !== undefined && namespace !== '') return namespace;
  throw new BadRequestError({ message: `addressing ${resource.plural}: no namespace was given` });
}

/** "pods default/x", for messages. */
export function nameOf(resource: Resource<KubeObject>, ref: ObjectRef): string {
  const within = ref.namespace === undefined || !resource.namespaced ? '' : `${ref.namespace}/`;
  return `${resource.plural} ${within}${ref.name}`;
}

/** The part of a list's, watch's and collection's query that says which objects. */
export function selectors(options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>): Query {
  return { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
}

function segment(value: string, what: string): string {
  if (value !== '' && value !== '.' && value !== '..') return encodeURIComponent(value);
  throw new BadRequestError({ message: `addressing an object: "${value}" is no ${what}` });
}
