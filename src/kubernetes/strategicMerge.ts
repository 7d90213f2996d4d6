import { isList, isObject, type Json, type JsonObject, sameJson, setField } from './json.ts';
import { mergeList, orderAsPatch } from './mergeLists.ts';
import { propertySchema, type Schema } from './openapi/schema.ts';
import { PatchError } from './patchError.ts';

/**
 * `follow`: `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` do what they do in a PATCH.
 * `refuse`: a patch that has one is an error, for overlays, where they would depend on what lies below.
 */
export interface StrategicMergeOptions {
  readonly directives: 'follow' | 'refuse';
}

const ORDER = '$setElementOrder/';
const DELETE_ITEMS = '$deleteFromPrimitiveList/';

/**
 * `base` with `patch` laid over it as Kubernetes' strategic merge does: objects merge field by field, null deletes,
 * lists merge by the key that `schema` names, or are replaced where it names none. Fields that the schema doesn't
 * know are kept. Changes neither argument. Throws `PatchError` that names the field.
 */
export function strategicMerge(
  schema: Schema,
  base: JsonObject,
  patch: JsonObject,
  options: StrategicMergeOptions,
): JsonObject {
  if (options.directives === 'refuse') refuseDirectives(patch, '');
  return mergeObjects(schema, base, patch, '');
}

/** What the merge of one field needs to know about it. */
interface Field {
  readonly schema: Schema | undefined;
  readonly path: string;
}

function mergeObjects(
  schema: Schema | undefined,
  base: JsonObject,
  patch: JsonObject,
  path: string,
): JsonObject {
  const directive = patch['$patch'];
  if (directive !== undefined) return followDirective(directive, patch, path);
  const merged = retainKeys(base, patch, path);
  const ordered = new Set<string>();
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ORDER)) continue;
    const field = name.slice(ORDER.length);
    ordered.add(field);
    mergeOrdered(merged, patch, field, order ?? null, fieldAt(schema, field, path));
  }
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined || name.startsWith(ORDER) || name === '$retainKeys' || ordered.has(name))
      continue;
    if (name.startsWith(DELETE_ITEMS)) {
      deleteItems(merged, name.slice(DELETE_ITEMS.length), value, path);
    } else {
      mergeField(merged, name, value, fieldAt(schema, name, path));
    }
  }
  return merged;
}

type Building = { [field: string]: Json | undefined };

function mergeField(merged: Building, name: string, value: Json, field: Field): void {
  const below = Object.hasOwn(merged, name) ? merged[name] : undefined;
  if (value === null) {
    delete merged[name];
  } else if (below === undefined) {
    setUnlessDirective(merged, name, withoutNulls(value));
  } else if (isObject(below) && isObject(value)) {
    setField(merged, name, isReplaced(field) ? value : mergeObjects(field.schema, below, value, field.path));
  } else if (isList(below) && isList(value)) {
    setField(merged, name, isMerged(field) ? mergeLists(below, value, field) : value);
  } else {
    setUnlessDirective(merged, name, withoutNulls(value));
  }
}

function mergeLists(base: readonly Json[], patch: readonly Json[], field: Field): readonly Json[] {
  return mergeList(base, patch, {
    path: field.path,
    mergeKey: field.schema?.['x-kubernetes-patch-merge-key'],
    mergeItems: (below, above, path) => mergeObjects(field.schema?.items, below, above, path),
  });
}

function mergeOrdered(merged: Building, patch: JsonObject, name: string, order: Json, field: Field): void {
  if (!isList(order))
    throw new PatchError('malformed', `merging ${field.path}: ${ORDER}${name} must be a list`);
  const below = Object.hasOwn(merged, name) ? merged[name] : undefined;
  if (Object.hasOwn(patch, name)) mergeField(merged, name, patch[name] ?? null, field);
  const list = merged[name];
  if (!isList(list)) return;
  const mergeKey = field.schema?.['x-kubernetes-patch-merge-key'];
  setField(merged, name, orderAsPatch(list, order, isList(below) ? below : [], mergeKey));
}

function deleteItems(merged: Building, name: string, items: Json, path: string): void {
  if (!isList(items))
    throw new PatchError('malformed', `merging ${at(path, name)}: ${DELETE_ITEMS}${name} must be a list`);
  const list = Object.hasOwn(merged, name) ? merged[name] : undefined;
  if (!isList(list)) return;
  setField(
    merged,
    name,
    list.filter((item) => !items.some((gone) => sameJson(gone, item))),
  );
}

function followDirective(directive: Json, patch: JsonObject, path: string): JsonObject {
  if (directive === 'delete') return {};
  if (directive === 'replace') {
    const { $patch: _directive, ...rest } = patch;
    return rest;
  }
  throw new PatchError(
    'malformed',
    `merging ${path || 'object'}: unknown patch type ${JSON.stringify(directive)}`,
  );
}

function retainKeys(base: JsonObject, patch: JsonObject, path: string): Building {
  const kept = patch['$retainKeys'];
  if (kept === undefined) return { ...base };
  if (!isList(kept))
    throw new PatchError('malformed', `merging ${path || 'object'}: $retainKeys must be a list`);
  for (const [name, value] of Object.entries(patch)) {
    if (value !== null && !name.startsWith('$') && !kept.includes(name)) {
      throw new PatchError(
        'malformed',
        `merging ${at(path, name)}: it is not among its object's $retainKeys`,
      );
    }
  }
  return Object.fromEntries(Object.entries(base).filter(([name]) => kept.includes(name)));
}

function setUnlessDirective(merged: Building, name: string, value: Json): void {
  const kept = withoutDirectives(value);
  if (kept === undefined) delete merged[name];
  else setField(merged, name, kept);
}

/** A value that is new has nothing to delete: its nulls say nothing. Nulls in lists are values. */
function withoutNulls(value: Json): Json {
  if (isList(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: Building = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner !== null && inner !== undefined) setField(kept, name, withoutNulls(inner));
  }
  return kept;
}

function withoutDirectives(value: Json): Json | undefined {
  if (isList(value)) {
    return value.map(withoutDirectives).filter((item): item is Json => item !== undefined);
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '$patch')) return undefined;
  const kept: Building = {};
  for (const [name, inner] of Object.entries(value)) {
    const clean = isDirective(name) || inner === undefined ? undefined : withoutDirectives(inner);
    if (clean !== undefined) setField(kept, name, clean);
  }
  return kept;
}

function refuseDirectives(value: Json, path: string): void {
  if (isList(value)) {
    for (const [index, item] of value.entries()) refuseDirectives(item, `${path}[${index}]`);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (isDirective(name)) {
      throw new PatchError(
        'malformed',
        `merging ${at(path, name)}: directives are not allowed here; set a field to null to remove it`,
      );
    }
    if (inner !== undefined) refuseDirectives(inner, at(path, name));
  }
}

function isDirective(name: string): boolean {
  return (
    name === '$patch' || name === '$retainKeys' || name.startsWith(ORDER) || name.startsWith(DELETE_ITEMS)
  );
}

function fieldAt(schema: Schema | undefined, name: string, path: string): Field {
  return { schema: schema && propertySchema(schema, name), path: at(path, name) };
}

function strategies(field: Field): readonly string[] {
  return (field.schema?.['x-kubernetes-patch-strategy'] ?? '').split(',');
}

function isMerged(field: Field): boolean {
  return strategies(field).includes('merge');
}

function isReplaced(field: Field): boolean {
  return strategies(field).includes('replace');
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
