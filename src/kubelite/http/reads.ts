import { forbidden } from '../../kubernetes/fieldError.ts';
import { apiVersionOf, type Served, shownAs } from '../registry/catalogue.ts';
import { idOf } from '../registry/collection.ts';
import { type Core, collectionOf, type Target } from '../registry/core.ts';
import { listObjects, parseVersion } from '../registry/list.ts';
import { type Selection, selectionOf } from '../registry/selection.ts';
import { jsonOf } from '../registry/store.ts';
import { badRequest, invalid, noSuchResource, notFound, versionTooLarge } from '../status.ts';
import { type Include, partialMetadata, tableOf } from '../table/table.ts';
import type { ApiRequest, ApiResponse, ResourceInfo, StoredObject } from '../types.ts';
import { wholeNumber } from './query.ts';
import { json, jsonStream, jsonText } from './respond.ts';
import { type Shape, shapeOf } from './shape.ts';
import { type Render, watchResponse } from './watch.ts';

/** GET of one object. Refuses: no such object (404), a version that isn't reached (504). */
export function readOne(core: Core, target: Target, query: URLSearchParams, shape: Shape): ApiResponse {
  const asked = parseVersion(query.get('resourceVersion') ?? undefined);
  const { version } = core.store;
  if (asked > version) throw versionTooLarge(String(asked), String(version));
  const { served, namespace, name } = target;
  const found = collectionOf(core, served).objects.get(idOf(namespace, name));
  if (!found) throw notFound(served.info, name);
  const object = shownAs(served, found);
  if (shape === 'object') return jsonText(200, jsonOf(object));
  return json(200, shaped(core, served, object, query, shape));
}

/** One object in the form that was asked for. */
export function shaped(
  core: Core,
  served: Served,
  object: StoredObject,
  query: URLSearchParams,
  shape: Shape,
): unknown {
  if (shape === 'object') return object;
  if (shape === 'metadata') return partialMetadata(object);
  const { resourceVersion } = object.metadata;
  const options = {
    include: includeOf(query),
    now: core.clock.now(),
    heads: 'with',
    metadata: { resourceVersion },
  } as const;
  return tableOf(served, [object], options);
}

/** The selectors of a request on a collection; `name` is that of a watch on a single object. */
export function selected(served: Served, namespace: string | undefined, query: URLSearchParams): Selection {
  const labels = query.get('labelSelector') ?? undefined;
  const fields = query.get('fieldSelector') ?? undefined;
  return selectionOf(served, namespace, labels, fields);
}

/** GET of a collection: one page. */
export function readList(
  core: Core,
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
  shape: Shape,
): ApiResponse {
  if (query.has('sendInitialEvents')) {
    const options = { group: 'meta.k8s.io', kind: 'ListOptions' } as ResourceInfo;
    throw invalid(options, '', [forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')]);
  }
  const limit = wholeNumber(query, 'limit');
  if (limit !== undefined && limit < 0) throw badRequest(`reading query: limit=${limit} must be 0 or more`);
  const page = listObjects(core, served, selected(served, namespace, query), {
    limit,
    continueToken: query.get('continue') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
  });
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  if (shape === 'table') {
    const options = { include: includeOf(query), now: core.clock.now(), heads: 'with', metadata } as const;
    return json(200, tableOf(served, page.items, options));
  }
  const head =
    shape === 'metadata'
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: `${served.info.kind}List`, apiVersion: apiVersionOf(served.info), metadata };
  const plain = served.custom ? (object: StoredObject) => object : withoutKind;
  return jsonStream(listPieces(head, page.items, shape === 'metadata' ? partialMetadata : plain));
}

/** Kubernetes leaves the two out of lists of its own kinds: the list's kind says what the items are. */
function withoutKind({ apiVersion: _version, kind: _kind, ...object }: StoredObject): object {
  return object;
}

function* listPieces(
  head: object,
  items: readonly StoredObject[],
  render: (object: StoredObject) => object,
): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  let comma = '';
  for (const item of items) {
    yield comma + JSON.stringify(render(item));
    comma = ',';
  }
  yield ']}';
}

/** GET of a collection with `watch`. */
export function openWatch(
  core: Core,
  served: Served,
  namespace: string | undefined,
  query: URLSearchParams,
  shape: Shape,
  signals: readonly AbortSignal[],
): ApiResponse {
  const selection = selected(served, namespace, query);
  return watchResponse({
    core,
    served,
    selection,
    query,
    render: renderOf(core, served, query, shape),
    signals,
  });
}

function renderOf(core: Core, served: Served, query: URLSearchParams, shape: Shape): Render | undefined {
  if (shape === 'object') return undefined;
  if (shape === 'metadata') return partialMetadata;
  const include = includeOf(query);
  let heads: 'with' | 'without' = 'with';
  return (object) => {
    const { resourceVersion, annotations } = object.metadata;
    const isBookmark = object.metadata.name === undefined;
    const metadata = isBookmark && annotations ? { resourceVersion, annotations } : { resourceVersion };
    const rows = isBookmark ? [] : [object];
    const table = tableOf(served, rows, { include, now: core.clock.now(), metadata, heads });
    heads = 'without';
    return table;
  };
}

function includeOf(query: URLSearchParams): Include {
  const given = query.get('includeObject') || 'Metadata';
  if (given === 'None' || given === 'Metadata' || given === 'Object') return given;
  throw badRequest(`reading query: includeObject=${given} must be None, Metadata or Object`);
}

/** GET of an object's status: the whole object, as Kubernetes answers. */
export function readStatus(
  core: Core,
  target: Target,
  query: URLSearchParams,
  request: ApiRequest,
): ApiResponse {
  if (!target.served.info.hasStatus) throw noSuchResource();
  return readOne(core, target, query, shapeOf(request.headers['accept']));
}
