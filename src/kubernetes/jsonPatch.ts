import { isList, isObject, type Json, type JsonObject, sameJson, setField } from './json.ts';
import { PatchError } from './patchError.ts';

/** As many operations as the API server takes in one patch. */
const MAX_OPERATIONS = 10_000;

/**
 * `base` after the operations of a JSON patch (RFC 6902), in order. Changes neither argument.
 * Throws `PatchError` that names the operation: all operations apply, or none.
 */
export function jsonPatch(base: JsonObject, operations: unknown): JsonObject {
  if (!isList(operations))
    throw new PatchError('malformed', 'applying JSON patch: it must be a list of operations');
  if (operations.length > MAX_OPERATIONS) {
    throw new PatchError(
      'malformed',
      `applying JSON patch: ${operations.length} operations are more than the ${MAX_OPERATIONS} allowed`,
    );
  }
  let patched: Json = base;
  for (const [index, operation] of operations.entries()) patched = applyNamed(patched, operation, index);
  if (isObject(patched)) return patched;
  throw new PatchError('unprocessable', 'applying JSON patch: its result is not an object');
}

function applyNamed(document: Json, operation: Json, index: number): Json {
  try {
    if (!isObject(operation)) throw new PatchError('malformed', 'must be an object');
    return apply(document, operation);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const what = isObject(operation) ? ` (${textOf(operation['op'])} ${textOf(operation['path'])})` : '';
    throw new PatchError(error.kind, `applying JSON patch: operation ${index}${what}: ${error.message}`);
  }
}

function apply(document: Json, operation: JsonObject): Json {
  const path = pointer(operation, 'path');
  switch (textOf(operation['op'])) {
    case 'add':
      return add(document, path, valueOf(operation));
    case 'remove':
      return remove(document, path);
    case 'replace':
      return path.length === 0 ? valueOf(operation) : add(remove(document, path), path, valueOf(operation));
    case 'move':
      return move(document, pointer(operation, 'from'), path);
    case 'copy':
      return add(document, path, read(document, pointer(operation, 'from')));
    case 'test':
      if (sameJson(readOrUndefined(document, path), valueOf(operation))) return document;
      throw new PatchError('unprocessable', 'the value there is another one: test failed');
    default:
      throw new PatchError('malformed', 'op must be one of add, remove, replace, move, copy, test');
  }
}

function move(document: Json, from: readonly string[], path: readonly string[]): Json {
  if (from.length < path.length && from.every((part, index) => part === path[index])) {
    throw new PatchError('unprocessable', 'a value can not be moved into itself');
  }
  const value = read(document, from);
  return add(remove(document, from), path, value);
}

function pointer(operation: JsonObject, field: 'path' | 'from'): readonly string[] {
  const text = operation[field];
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) {
    throw new PatchError('malformed', `${field} must be a JSON pointer, such as /spec/replicas`);
  }
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function valueOf(operation: JsonObject): Json {
  const value = operation['value'];
  if (value === undefined) throw new PatchError('malformed', 'value is missing');
  return value;
}

function readOrUndefined(document: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const part of path) {
    if (isList(value)) value = /^(0|[1-9]\d*)$/.test(part) ? value[Number(part)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

function read(document: Json, path: readonly string[]): Json {
  const value = readOrUndefined(document, path);
  if (value === undefined) throw new PatchError('unprocessable', `there is nothing at /${path.join('/')}`);
  return value;
}

function add(document: Json, path: readonly string[], value: Json): Json {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const child = (inner: Json | undefined): Json => {
    if (rest.length === 0) return value;
    if (inner === undefined) throw new PatchError('unprocessable', `there is no ${part}, in which to add`);
    return add(inner, rest, value);
  };
  if (isList(document)) return addToList(document, part, rest.length === 0, child);
  if (!isObject(document))
    throw new PatchError('unprocessable', `${part} lies in a value that has no fields`);
  const copy: { [field: string]: Json | undefined } = { ...document };
  setField(copy, part, child(Object.hasOwn(document, part) ? document[part] : undefined));
  return copy;
}

function addToList(
  list: readonly Json[],
  part: string,
  isLast: boolean,
  child: (inner: Json | undefined) => Json,
): Json {
  const index =
    part === '-' && isLast ? list.length : indexIn(list, part, isLast ? list.length : list.length - 1);
  const copy = [...list];
  copy.splice(index, isLast ? 0 : 1, child(list[index]));
  return copy;
}

function remove(document: Json, path: readonly string[]): Json {
  const [part, ...rest] = path;
  if (part === undefined) throw new PatchError('unprocessable', 'the whole object can not be removed');
  if (isList(document)) {
    const index = indexIn(document, part, document.length - 1);
    const copy = [...document];
    if (rest.length === 0) copy.splice(index, 1);
    else copy[index] = remove(document[index] ?? null, rest);
    return copy;
  }
  const child = isObject(document) && Object.hasOwn(document, part) ? document[part] : undefined;
  if (child === undefined) throw new PatchError('unprocessable', `there is no ${part} to remove`);
  const copy: { [field: string]: Json | undefined } = { ...(document as JsonObject) };
  if (rest.length === 0) delete copy[part];
  else setField(copy, part, remove(child, rest));
  return copy;
}

function indexIn(list: readonly Json[], part: string, last: number): number {
  if (!/^(0|[1-9]\d*)$/.test(part)) throw new PatchError('unprocessable', `${part} is no index of a list`);
  const index = Number(part);
  if (index <= last) return index;
  throw new PatchError('unprocessable', `index ${part} is outside the list of ${list.length}`);
}
