import { isObject, type JsonObject } from '../../kubernetes/json.ts';
import { jsonPatch } from '../../kubernetes/jsonPatch.ts';
import { mergePatch } from '../../kubernetes/mergePatch.ts';
import { PatchError } from '../../kubernetes/patchError.ts';
import { strategicMerge } from '../../kubernetes/strategicMerge.ts';
import type { Served } from '../registry/catalogue.ts';
import { ApiStatusError, badRequest, unsupportedMediaType } from '../status.ts';
import type { StoredObject } from '../types.ts';
import { readJson } from './body.ts';

/** The object as a patch makes it; not stored, not checked. */
export type PatchFunction = (current: StoredObject) => unknown;

const FORMATS = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

/**
 * What the body of a PATCH does, by its content type (apply patches apart). Throws 400 for a body that can't be read, 415 for a type
 * that the resource doesn't take; the function throws 400 and 422 when the patch doesn't fit the object.
 */
export function patchFunction(served: Served, contentType: string, body: string): PatchFunction {
  const patch = readPatch(served, contentType, body);
  return (current) => {
    try {
      return patch(current as unknown as JsonObject);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      if (error.kind === 'malformed') throw badRequest(error.message);
      throw new ApiStatusError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${error.message}`,
        {},
      );
    }
  };
}

function readPatch(served: Served, contentType: string, body: string): (current: JsonObject) => JsonObject {
  const { mergeSchema } = served.schema;
  if (contentType === 'application/strategic-merge-patch+json' && mergeSchema) {
    const patch = objectIn(body);
    return (current) => strategicMerge(mergeSchema, current, patch, { directives: 'follow' });
  }
  if (contentType === 'application/merge-patch+json') {
    const patch = objectIn(body);
    return (current) => mergePatch(current, patch);
  }
  if (contentType === 'application/json-patch+json') {
    const operations = readJson(body);
    return (current) => jsonPatch(current, operations);
  }
  const accepted = mergeSchema ? [...FORMATS, 'application/strategic-merge-patch+json'] : FORMATS;
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

function objectIn(body: string): JsonObject {
  const patch = readJson(body);
  if (!isObject(patch)) throw badRequest('reading patch: it must be a JSON object');
  return patch;
}
