import type { ManagedFieldsEntry } from 'kubernetes-types/meta/v1.d.ts';
import { isObject, type Json, type JsonObject, sameJson } from '../../../kubernetes/json.ts';
import type { Schema } from '../../../kubernetes/openapi/schema.ts';
import { applyConflict } from '../../status.ts';
import { apiVersionOf, type Served } from '../catalogue.ts';
import { timestamp } from '../core.ts';
import { changedPaths } from './conflicts.ts';
import { type FieldSet, fieldsOf, intersection, minus } from './fieldSet.ts';
import { mergeApplied, without } from './mergeApplied.ts';

/** One server-side apply. */
export interface ApplyRequest {
  readonly configuration: JsonObject;
  readonly manager: string;
  /** Takes fields from other managers instead of refusing. */
  readonly force: boolean;
  readonly subresource: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * The object as the configuration makes it, with `managedFields`. Fields that this manager applied before and leaves
 * out now go, unless another manager applies them too. Throws 409 where another manager applied another value.
 *
 * Only applies own fields: a field that was changed by PUT or PATCH belongs to nobody, and an apply sets it back.
 */
export function apply(served: Served, current: JsonObject | undefined, request: ApplyRequest): JsonObject {
  const schema = served.schema.mergeSchema ?? served.schema.openapi;
  const entries = entriesOf(current);
  const others = entries.filter((entry) => !isOwn(entry, request));
  const own = entries.find((entry) => isOwn(entry, request));
  const fields = fieldsOf(schema, ownable(request.configuration));
  const left = current ? resolveConflicts(schema, current, request, fields, others) : others;
  const gone =
    own &&
    left.reduce<FieldSet | undefined>(
      (rest, entry) => rest && minus(rest, setOf(entry)),
      minus(setOf(own), fields),
    );
  const base = current && gone ? without(schema, current, gone) : (current ?? {});
  const merged = mergeApplied(schema, base, request.configuration);
  const managedFields = [...left, entryOf(served, request, fields, own)] as unknown as Json;
  const metadata = { ...(merged['metadata'] as JsonObject), managedFields };
  // Which version was read doesn't matter: what counts is whose fields they are.
  const given = request.configuration['metadata'];
  if (!isObject(given) || given['resourceVersion'] === undefined)
    delete (metadata as Record<string, unknown>)['resourceVersion'];
  return { ...merged, metadata };
}

/** The other managers' entries, less what is taken from them by force. */
function resolveConflicts(
  schema: Schema,
  current: JsonObject,
  request: ApplyRequest,
  fields: FieldSet,
  others: readonly ManagedFieldsEntry[],
): ManagedFieldsEntry[] {
  const causes = [];
  const left: ManagedFieldsEntry[] = [];
  for (const entry of others) {
    const common = intersection(fields, setOf(entry));
    const paths = common ? changedPaths(schema, current, request.configuration, common) : [];
    if (paths.length === 0) {
      left.push(entry);
      continue;
    }
    const message = `conflict with "${entry.manager}"`;
    causes.push(...paths.map(({ path }) => ({ reason: 'FieldManagerConflict', message, field: path })));
    const taken = paths.reduce<FieldSet | undefined>(
      (rest, { set }) => rest && minus(rest, set),
      setOf(entry),
    );
    if (taken) left.push({ ...entry, fieldsV1: taken });
  }
  if (causes.length > 0 && !request.force) throw refusal(causes);
  return left;
}

function refusal(causes: readonly { reason: string; message: string; field: string }[]): Error {
  const fields = causes.map(({ field, message }) => `${message}: ${field}`).join(', ');
  const many = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return applyConflict(causes, `Apply failed with ${many}: ${fields}`);
}

/** What an apply can own: not what names the object. */
function ownable(configuration: JsonObject): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = configuration;
  if (!isObject(metadata)) return rest;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const owned = Object.entries({ labels, annotations, finalizers, ownerReferences });
  const present: JsonObject = Object.fromEntries(owned.filter(([, value]) => value !== undefined));
  return Object.keys(present).length > 0 ? { ...rest, metadata: present } : rest;
}

function entriesOf(object: JsonObject | undefined): readonly ManagedFieldsEntry[] {
  const metadata = object?.['metadata'];
  const entries = isObject(metadata) ? metadata['managedFields'] : undefined;
  return (entries ?? []) as unknown as readonly ManagedFieldsEntry[];
}

function isOwn(entry: ManagedFieldsEntry, request: ApplyRequest): boolean {
  return entry.manager === request.manager && (entry.subresource ?? '') === (request.subresource ?? '');
}

function setOf(entry: ManagedFieldsEntry): FieldSet {
  return (entry.fieldsV1 ?? {}) as FieldSet;
}

/** The time of an entry is that of its last change. */
function entryOf(
  served: Served,
  request: ApplyRequest,
  fields: FieldSet,
  own: ManagedFieldsEntry | undefined,
): ManagedFieldsEntry {
  const same = own !== undefined && sameJson(setOf(own), fields);
  return {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: apiVersionOf(served.info),
    time: same && own.time ? own.time : timestamp(request.now),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
  };
}
