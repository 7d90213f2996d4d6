import { type FieldError, forbidden, invalid as invalidField } from '../../kubernetes/fieldError.ts';
import { type Json, sameJson } from '../../kubernetes/json.ts';
import { badRequest, conflict, invalid, notFound } from '../status.ts';
import type { StoredObject } from '../types.ts';
import { shownAs } from './catalogue.ts';
import { idOf } from './collection.ts';
import { type Core, collectionOf, headOf, type Target, type WriteOptions, type Written } from './core.ts';
import { admit } from './create.ts';
import { type Draft, draftOf, keepServerFields } from './metadata.ts';
import { type KindRules, rulesOf } from './rules.ts';

/** Which part of the object a write may change; none: all but the status. */
export type Subresource = 'status' | 'finalize';

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: Subresource | undefined;
  /**
   * `replace`: some kinds then need a resourceVersion. `patch`: another uid is refused as a change (422) and not as
   * a precondition (409).
   */
  readonly form?: 'replace' | 'patch';
}

/**
 * Changes one object. `change` gets the newest state, shown in the asked version and not to be changed, and returns
 * the wanted one, which may be changed; a resourceVersion or uid in that is a precondition (409). Refuses: no such object (404), fields
 * that the schema (422) or the kind's rules refuse. A change that changes nothing writes nothing. An object that is
 * being deleted goes when its last finalizer does.
 */
export async function updateObject(
  core: Core,
  target: Target,
  change: (current: StoredObject) => unknown,
  options: UpdateOptions = {},
): Promise<Written> {
  const { served, namespace, name } = target;
  const head = headOf(core, target);
  if (!head) throw notFound(served.info, name);
  const old = shownAs(served, head);
  const body = draftOf(served.info, namespace, name, change(old));
  requirePreconditions(target, body, old, options);
  const rules = rulesOf(served);
  const draft = wantedOf(target, body, old, options.subresource, rules);
  if (options.managed && body.metadata.managedFields) {
    draft.metadata = { ...draft.metadata, managedFields: body.metadata.managedFields };
  }
  const subresource = options.subresource === 'status' ? 'status' : undefined;
  const admitted = admit(served, name, draft, old, options, subresource);
  const next = admitted.object as unknown as StoredObject;
  const errors = [...finalizerErrors(next, old), ...(rules.refuseUpdate?.(next, old) ?? [])];
  if (errors.length > 0) throw invalid(served.info, name, errors);
  if (rules.generation && options.subresource !== 'status' && hasNewSpec(target, next, old)) {
    const generation = (old.metadata.generation ?? 0) + 1;
    next.metadata = { ...next.metadata, generation };
  }
  if (sameJson(next as unknown as Json, old as unknown as Json)) {
    await core.store.settled();
    return { object: old, warnings: admitted.warnings };
  }
  if (options.dryRun) return { object: next, warnings: admitted.warnings };
  next.apiVersion = served.storedAs;
  const stored = await storeOrRemove(core, target, next, rules);
  return { object: shownAs(served, stored), warnings: admitted.warnings };
}

/** Writes the object; one that is being deleted and that nothing holds any more is removed instead. */
async function storeOrRemove(
  core: Core,
  target: Target,
  next: StoredObject,
  rules: KindRules,
): Promise<StoredObject> {
  const collection = collectionOf(core, target.served);
  const id = idOf(target.namespace, target.name);
  if (!isReleased(next, rules)) return core.store.put(collection, id, next);
  // Watches see the state before this update go, as on Kubernetes; who asked gets the update.
  await core.store.remove(collection, id);
  return next;
}

/** True when a deletion was asked, its grace is over and no finalizer is left. */
export function isReleased(object: StoredObject, rules: KindRules): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return false;
  return deletionGracePeriodSeconds === 0 && !rules.isHeld?.(object);
}

function requirePreconditions(target: Target, body: Draft, old: StoredObject, options: UpdateOptions): void {
  const { served, name } = target;
  const { resourceVersion, uid } = body.metadata;
  if (uid && uid !== old.metadata.uid) {
    if (options.form === 'patch') {
      throw invalid(served.info, name, [invalidField('metadata.uid', uid, 'field is immutable')]);
    }
    throw conflict(served.info, name, uidConflict(target, uid, old.metadata.uid));
  }
  if (resourceVersion && resourceVersion !== '0') {
    if (!/^\d+$/.test(resourceVersion)) {
      throw badRequest(`invalid resource version "${resourceVersion}": must be a number`);
    }
    if (resourceVersion !== old.metadata.resourceVersion) throw conflict(served.info, name);
  } else if (options.form === 'replace' && !rulesOf(served).unconditionalUpdate) {
    // Kubernetes names the resource here, where it names the kind elsewhere.
    const info = { ...served.info, kind: served.info.plural };
    const field = 'metadata.resourceVersion';
    throw invalid(info, name, [invalidField(field, 0, 'must be specified for an update')]);
  }
}

function uidConflict({ served, namespace, name }: Target, asked: string, found: string): string {
  const { group, plural } = served.info;
  const path = [...(served.custom ? [group] : []), plural, ...(namespace ? [namespace] : []), name].join('/');
  return (
    `StorageError: invalid object, Code: 4, Key: /registry/${path}, ResourceVersion: 0, AdditionalErrorMsg: ` +
    `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${found}`
  );
}

/** The draft that is to be checked: of the body only what this request may change. */
function wantedOf(
  target: Target,
  body: Draft,
  old: StoredObject,
  subresource: Subresource | undefined,
  rules: KindRules,
): Draft {
  const metadata = keepServerFields(body.metadata, old.metadata);
  let draft: Draft;
  if (subresource === 'status') {
    draft = { ...old, metadata: rules.statusWritesMetadata ? metadata : { ...old.metadata } };
    setOrDelete(draft, 'status', body.status);
  } else {
    draft = { ...body, metadata };
    if (target.served.info.hasStatus) setOrDelete(draft, 'status', old.status);
  }
  rules.beforeUpdate?.(draft, old, subresource);
  return draft;
}

function setOrDelete(draft: Draft, field: 'status', value: unknown): void {
  if (value === undefined) delete draft[field];
  else draft[field] = value;
}

function finalizerErrors(next: StoredObject, old: StoredObject): FieldError[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const known = new Set(old.metadata.finalizers ?? []);
  const added = (next.metadata.finalizers ?? []).filter((one) => !known.has(one));
  if (added.length === 0) return [];
  const list = added.map((one) => `"${one}"`).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [forbidden('metadata.finalizers', why)];
}

/** Custom resources: any change outside metadata and status; built-in kinds: of the spec. */
function hasNewSpec(target: Target, next: StoredObject, old: StoredObject): boolean {
  if (!target.served.custom) return !sameJson(next.spec as Json, old.spec as Json);
  const rest = ({ metadata: _metadata, status, ...others }: StoredObject) =>
    (target.served.info.hasStatus ? others : { ...others, status }) as unknown as Json;
  return !sameJson(rest(next), rest(old));
}
