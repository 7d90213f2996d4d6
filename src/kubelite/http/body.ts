import { parse as parseYaml } from 'yaml';
import { badRequest, tooLarge, unsupportedMediaType } from '../status.ts';
import type { ApiRequest } from '../types.ts';

/** As the API server's default: more than any object that can be stored. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The content type without its parameters; '' when the request has none. */
export function contentTypeOf(request: ApiRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The body of a create, replace or delete. Undefined for an empty one. Throws 400, 413 or 415 for one that can't be read. */
export function readObject(request: ApiRequest): unknown {
  if (!request.body) return undefined;
  const type = contentTypeOf(request);
  if (type === 'application/vnd.kubernetes.protobuf') {
    throw unsupportedMediaType(
      'kubelite reads JSON and YAML, not protobuf: send the object as application/json ' +
        '(with kubectl: `kubectl create -f FILE` or `kubectl apply -f FILE`)',
    );
  }
  if (type === 'application/yaml') return readYaml(request.body);
  if (type !== '' && type !== 'application/json' && type !== 'text/plain') {
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  }
  return readJson(request.body);
}

/** JSON text. Throws 400 and 413. */
export function readJson(body: string): unknown {
  if (body.length > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

/** YAML text, of which JSON is a part. Throws 400 and 413. */
export function readYaml(body: string): unknown {
  if (body.length > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  if (body.trimStart().startsWith('{')) return readJson(body);
  try {
    return parseYaml(body, { maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}
