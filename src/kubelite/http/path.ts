/** What a path speaks of. */
export type Route = { readonly kind: 'discovery' | 'other'; readonly path: string } | ResourceRoute;

/** `/api/v1/…` or `/apis/GROUP/VERSION/…` down to a resource. */
export interface ResourceRoute {
  readonly kind: 'resource';
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace: string | undefined;
  /** Undefined for the whole collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Subresources of a namespace, where the same place in a path could name a resource in it. */
const OF_NAMESPACES = new Set(['status', 'finalize']);

/** Reads a path without its query. Throws `URIError` for a broken percent encoding. */
export function routeOf(path: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return { kind: 'other', path };
  const depth = core ? 2 : 3;
  const rest = parts.slice(depth);
  if (rest.length === 0) return { kind: 'discovery', path: `/${parts.join('/')}` };
  const group = core ? '' : (parts[1] ?? '');
  const version = parts[depth - 1] ?? '';
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && !OF_NAMESPACES.has(rest[2] ?? '');
  const [plural = '', name, ...sub] = inNamespace ? rest.slice(2) : rest;
  const namespace = inNamespace ? rest[1] : undefined;
  if (sub.length > 1) return { kind: 'other', path };
  return { kind: 'resource', group, version, plural, namespace, name, subresource: sub[0] };
}
