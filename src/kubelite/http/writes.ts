import { forbidden } from '../../kubernetes/fieldError.ts';
import { apiVersionOf, type Served } from '../registry/catalogue.ts';
import { type Core, headOf, type Target, type Written } from '../registry/core.ts';
import { createObject } from '../registry/create.ts';
import { deleteObject } from '../registry/delete.ts';
import { listObjects } from '../registry/list.ts';
import { rulesOf } from '../registry/rules.ts';
import { jsonOf } from '../registry/store.ts';
import { type Subresource, updateObject } from '../registry/update.ts';
import { ApiStatusError, invalid } from '../status.ts';
import type { ApiRequest, ApiResponse, ResourceInfo, StoredObject } from '../types.ts';
import { applyPatch } from './apply.ts';
import { contentTypeOf, readObject } from './body.ts';
import { patchFunction } from './patch.ts';
import { deleteOptions, writeOptions } from './query.ts';
import { selected, shaped } from './reads.ts';
import { json, jsonText, success } from './respond.ts';
import { shapeOf } from './shape.ts';

function answer(
  core: Core,
  target: { readonly served: Served },
  request: ApiRequest,
  query: URLSearchParams,
  code: number,
  written: Written,
): ApiResponse {
  const shape = shapeOf(request.headers['accept']);
  if (shape === 'object') return jsonText(code, jsonOf(written.object), written.warnings);
  return json(code, shaped(core, target.served, written.object, query, shape), written.warnings);
}

/** POST of a collection. */
export async function create(
  core: Core,
  served: Served,
  namespace: string | undefined,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const options = writeOptions(query, 'CreateOptions');
  const written = await createObject(core, served, namespace, readObject(request), options);
  return answer(core, { served }, request, query, 201, written);
}

/** PUT of an object or its status. Where the kind allows it, a name that isn't there is created. */
export async function replace(
  core: Core,
  target: Target,
  subresource: Subresource | undefined,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const options = writeOptions(query, 'UpdateOptions');
  const body = readObject(request);
  const { served, namespace } = target;
  if (!headOf(core, target) && subresource === undefined && rulesOf(served).createOnUpdate) {
    const written = await createObject(core, served, namespace, body, options);
    return answer(core, target, request, query, 201, written);
  }
  const written = await updateObject(core, target, () => body, { ...options, subresource, form: 'replace' });
  return answer(core, target, request, query, 200, written);
}

/** PATCH of an object or its status, in any of the four forms. */
export async function patch(
  core: Core,
  target: Target,
  subresource: Subresource | undefined,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const options = writeOptions(query, 'PatchOptions');
  const type = contentTypeOf(request);
  if (type === 'application/apply-patch+yaml') {
    const { written, created } = await applyPatch(
      core,
      target,
      subresource,
      request.body ?? '',
      query,
      options,
    );
    return answer(core, target, request, query, created ? 201 : 200, written);
  }
  if (query.has('force')) throw forceWithoutApply();
  const change = patchFunction(target.served, type, request.body ?? '');
  const written = await updateObject(core, target, change, { ...options, subresource, form: 'patch' });
  return answer(core, target, request, query, 200, written);
}

function forceWithoutApply(): Error {
  const kind = { group: 'meta.k8s.io', kind: 'PatchOptions' } as ResourceInfo;
  return invalid(kind, '', [forbidden('force', 'may not be specified for non-apply patch')]);
}

/** Kinds whose delete answers with the object even when it is gone; the others then answer with a Status. */
const SHOWN_WHEN_GONE = new Set(['/pods', '/serviceaccounts']);

/** DELETE of an object. */
export async function remove(
  core: Core,
  target: Target,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const body = readObject(request) as Readonly<Record<string, unknown>> | undefined;
  const { object, gone } = await deleteObject(core, target, deleteOptions(query, body));
  const { info, collection } = target.served;
  if (!gone || SHOWN_WHEN_GONE.has(collection)) {
    return json(200, shaped(core, target.served, object, query, shapeOf(request.headers['accept'])));
  }
  const group = info.group === '' ? {} : { group: info.group };
  return json(200, success({ name: target.name, ...group, kind: info.plural, uid: object.metadata.uid }));
}

/** DELETE of a collection: each object by itself; the answer has the objects as they were. */
export async function removeAll(
  core: Core,
  served: Served,
  namespace: string | undefined,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const body = readObject(request) as Readonly<Record<string, unknown>> | undefined;
  const options = deleteOptions(query, body);
  const page = listObjects(core, served, selected(served, namespace, query), {});
  await Promise.all(page.items.map((object) => removeIfThere(core, served, object, options)));
  const metadata = { resourceVersion: page.resourceVersion };
  return json(200, {
    kind: `${served.info.kind}List`,
    apiVersion: apiVersionOf(served.info),
    metadata,
    items: page.items,
  });
}

async function removeIfThere(
  core: Core,
  served: Served,
  object: StoredObject,
  options: ReturnType<typeof deleteOptions>,
): Promise<void> {
  const { name, namespace } = object.metadata;
  try {
    await deleteObject(core, { served, namespace, name }, options);
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
  }
}
