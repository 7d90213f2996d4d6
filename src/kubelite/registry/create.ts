import type { Admitted } from '../schema/objectSchema.ts';
import { ApiStatusError, alreadyExists, badRequest, forbidden, invalid, notFound } from '../status.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';
import { type Served, shownAs } from './catalogue.ts';
import { idOf } from './collection.ts';
import { type Core, collectionOf, timestamp, type WriteOptions, type Written } from './core.ts';
import { copyJson, type Draft, draftOf, generatedName, newUid } from './metadata.ts';
import { isTerminating } from './namespaceRules.ts';
import { rulesOf } from './rules.ts';

/** As Kubernetes tries: with 27^5 suffixes, eight collisions in a row mean that the names are used up. */
const NAME_ATTEMPTS = 8;

const NAMESPACES = { group: '', plural: 'namespaces' } as ResourceInfo;

/**
 * Stores a new object. Refuses: another kind or namespace than the URL's (400), a namespace that isn't there (404) or
 * is being deleted (403), fields that the schema refuses (422), a name that is taken (409). `body` is not changed.
 */
export async function createObject(
  core: Core,
  served: Served,
  namespace: string | undefined,
  body: unknown,
  options: WriteOptions = {},
): Promise<Written> {
  const draft = newDraft(core, served, namespace, body, options);
  const name = draft.metadata.name ?? '';
  requireNamespace(core, served.info, namespace, name);
  const rules = rulesOf(served);
  rules.beforeCreate?.(core, draft, namespace);
  const admitted = admit(served, name, draft, undefined, options, undefined);
  const object = admitted.object as unknown as StoredObject;
  rules.afterCreate?.(object);
  const collection = collectionOf(core, served);
  const id = idOf(namespace, name);
  if (core.store.head(collection, id)) throw alreadyExists(served.info, name);
  if (options.dryRun) return { object, warnings: admitted.warnings };
  object.apiVersion = served.storedAs;
  const stored = await core.store.put(collection, id, object);
  return { object: shownAs(served, stored), warnings: admitted.warnings };
}

function newDraft(
  core: Core,
  served: Served,
  namespace: string | undefined,
  body: unknown,
  options: WriteOptions,
): Draft {
  const draft = draftOf(served.info, namespace, undefined, copyJson(body));
  const { resourceVersion, selfLink: _link, ...given } = draft.metadata;
  if (!options.managed) delete given.managedFields;
  if (resourceVersion) {
    throw new ApiStatusError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  delete given.deletionTimestamp;
  delete given.deletionGracePeriodSeconds;
  delete given.namespace;
  const name = given.name || freeName(core, served, namespace, given.generateName);
  draft.metadata = {
    ...given,
    ...(name === undefined ? {} : { name }),
    ...(served.info.namespaced && namespace !== undefined ? { namespace } : {}),
    uid: newUid(core.random),
    creationTimestamp: timestamp(core.clock.now()),
  };
  if (rulesOf(served).generation) draft.metadata.generation = 1;
  else delete draft.metadata.generation;
  return draft;
}

function freeName(
  core: Core,
  served: Served,
  namespace: string | undefined,
  generateName: string | undefined,
): string | undefined {
  if (!generateName) return undefined;
  const collection = collectionOf(core, served);
  let name = generatedName(generateName, core.random);
  for (let attempt = 1; attempt < NAME_ATTEMPTS; attempt++) {
    if (!core.store.head(collection, idOf(namespace, name))) break;
    name = generatedName(generateName, core.random);
  }
  return name;
}

function requireNamespace(core: Core, info: ResourceInfo, namespace: string | undefined, name: string): void {
  if (!info.namespaced) return;
  if (!namespace) throw badRequest('an empty namespace may not be set during creation');
  const found = core.store.head(core.store.collection('/namespaces'), idOf(undefined, namespace));
  if (!found) throw notFound(NAMESPACES, namespace);
  if (!isTerminating(found)) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(info, name, why, [
    { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
  ]);
}

/** The draft with defaults and without unknown fields; throws what the schema refuses as 400 or 422. */
export function admit(
  served: Served,
  name: string,
  draft: Draft,
  old: StoredObject | undefined,
  options: WriteOptions,
  subresource: 'status' | undefined,
): Admitted {
  const admitted = served.schema.admit({
    object: draft as never,
    ...(old ? { old: old as never } : {}),
    ...(subresource ? { subresource } : {}),
    fieldValidation: options.fieldValidation ?? 'Warn',
  });
  if (admitted.badRequest !== undefined) throw badRequest(admitted.badRequest);
  if (admitted.errors.length > 0) throw invalid(served.info, name, admitted.errors);
  return admitted;
}
