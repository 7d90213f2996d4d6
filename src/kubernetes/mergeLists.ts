import { isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { PatchError } from './patchError.ts';

/** How the items of one list meet. */
export interface ListMerge {
  /** Of the list, for errors. */
  readonly path: string;
  /** The field that tells items apart; undefined in a list of plain values. */
  readonly mergeKey: string | undefined;
  mergeItems(below: JsonObject, above: JsonObject, path: string): JsonObject;
}

/**
 * A list merged with its patch: items of equal key merge, new ones join, plain values unite. Items of the patch stand
 * in the patch's order, the others stay where they were in between (the rule of Kubernetes' strategic merge).
 */
export function mergeList(base: readonly Json[], patch: readonly Json[], merge: ListMerge): readonly Json[] {
  const { mergeKey } = merge;
  if (base.length === 0 && patch.length === 0) return base;
  if (![...base, ...patch].some(isObject)) {
    return orderAsPatch(unique([...base, ...patch]), patch, base, undefined);
  }
  if (mergeKey === undefined) {
    throw new PatchError(
      'malformed',
      `merging ${merge.path}: its items have no key by which they could be merged`,
    );
  }
  const { kept, plain } = followItemDirectives(base, patch, mergeKey, merge.path);
  const merged = mergeByKey(kept, plain, mergeKey, merge);
  return orderAsPatch(merged, plain, kept, mergeKey);
}

/** `list` with the items that `order` names in that order, the others where they were among them in `before`. */
export function orderAsPatch(
  list: readonly Json[],
  order: readonly Json[],
  before: readonly Json[],
  mergeKey: string | undefined,
): readonly Json[] {
  const place = (items: readonly Json[], item: Json) =>
    items.findIndex((other) => sameJson(keyOf(other, mergeKey), keyOf(item, mergeKey)));
  const sortedBy = (items: readonly Json[], by: readonly Json[]) =>
    [...items].sort((a, b) => place(by, a) - place(by, b));
  const named = sortedBy(
    list.filter((item) => place(order, item) >= 0),
    order,
  );
  const others = sortedBy(
    list.filter((item) => place(order, item) < 0),
    before,
  );
  const result: Json[] = [];
  for (const item of named) {
    const placeBefore = place(before, item);
    while (others[0] !== undefined && placeBefore >= 0 && place(before, others[0]) < placeBefore) {
      result.push(...others.splice(0, 1));
    }
    result.push(item);
  }
  return [...result, ...others];
}

interface Followed {
  readonly kept: readonly Json[];
  readonly plain: readonly JsonObject[];
}

/** `$patch: delete` takes its item out of the base; `$patch: replace`, as an item, drops the base. */
function followItemDirectives(
  base: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
  path: string,
): Followed {
  let kept = base;
  let isReplaced = false;
  const plain: JsonObject[] = [];
  for (const [index, item] of patch.entries()) {
    if (!isObject(item) || (item['$patch'] !== 'replace' && item[mergeKey] === undefined)) {
      throw new PatchError(
        'malformed',
        `merging ${path}[${index}]: it lacks "${mergeKey}", by which items of this list are told apart`,
      );
    }
    if (item['$patch'] === undefined) plain.push(item);
    else if (item['$patch'] === 'replace') isReplaced = true;
    else if (item['$patch'] === 'delete') kept = kept.filter((other) => !hasKeyOf(other, item, mergeKey));
    else {
      throw new PatchError(
        'malformed',
        `merging ${path}[${index}]: unknown patch type ${JSON.stringify(item['$patch'])}`,
      );
    }
  }
  return { kept: isReplaced ? [] : kept, plain };
}

function mergeByKey(
  base: readonly Json[],
  patch: readonly JsonObject[],
  mergeKey: string,
  merge: ListMerge,
): readonly Json[] {
  const merged = [...base];
  for (const [index, item] of patch.entries()) {
    const place = merged.findIndex((other) => hasKeyOf(other, item, mergeKey));
    const below = merged[place];
    if (isObject(below)) merged[place] = merge.mergeItems(below, item, `${merge.path}[${index}]`);
    else merged.push(item);
  }
  return merged;
}

function hasKeyOf(item: Json, other: JsonObject, mergeKey: string): boolean {
  return isObject(item) && sameJson(item[mergeKey], other[mergeKey]);
}

function keyOf(item: Json, mergeKey: string | undefined): Json | undefined {
  return mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
}

function unique(values: readonly Json[]): readonly Json[] {
  return values.filter((value, index) => values.findIndex((other) => sameJson(other, value)) === index);
}
