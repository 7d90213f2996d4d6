import type { Binding } from 'kubernetes-types/core/v1.d.ts';
import type { Target } from '../registry/core.ts';
import { bindByRequest, evictPod } from '../registry/subresources.ts';
import { methodNotAllowed, noSuchResource } from '../status.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { issueAccountToken } from './accountToken.ts';
import { readObject } from './body.ts';
import type { ApiParts } from './handler.ts';
import { podLog } from './podLog.ts';
import { deleteOptions, writeOptions } from './query.ts';
import { readStatus } from './reads.ts';
import { json, success } from './respond.ts';
import { patch, replace } from './writes.ts';

/** Serves `…/NAME/SUBRESOURCE`. Refuses subresources that the kind hasn't got (404) and verbs that they haven't (405). */
export function subresource(
  parts: ApiParts,
  target: Target,
  name: string,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> | ApiResponse {
  const { core } = parts;
  const { collection, info } = target.served;
  switch (`${request.method} ${name}`) {
    case 'GET status':
      return readStatus(core, target, query, request);
    case 'PUT status':
    case 'PATCH status':
      if (!info.hasStatus) throw noSuchResource();
      return (request.method === 'PUT' ? replace : patch)(core, target, 'status', request, query);
    case 'PUT finalize':
      if (collection === '/namespaces') return replace(core, target, 'finalize', request, query);
      break;
    case 'GET log':
      if (collection === '/pods') return podLog(core, parts.logs, target, query, request);
      break;
    case 'POST binding':
      if (collection === '/pods') return bindRequest(parts, target, request, query);
      break;
    case 'POST eviction':
      if (collection === '/pods') return evictRequest(parts, target, request, query);
      break;
    case 'POST token':
      if (collection === '/serviceaccounts') return issueAccountToken(core, parts.signer, target, request);
      break;
    default:
  }
  throw KNOWN.has(`${collection}/${name}`) ? methodNotAllowed() : noSuchResource();
}

const KNOWN = new Set([
  '/namespaces/finalize',
  '/pods/log',
  '/pods/binding',
  '/pods/eviction',
  '/serviceaccounts/token',
]);

async function bindRequest(
  parts: ApiParts,
  target: Target,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const binding = (readObject(request) ?? {}) as Binding;
  await bindByRequest(parts.core, target, binding, writeOptions(query, 'CreateOptions'));
  return json(201, success(undefined, 201));
}

async function evictRequest(
  parts: ApiParts,
  target: Target,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> {
  const eviction = (readObject(request) ?? {}) as {
    readonly deleteOptions?: Readonly<Record<string, unknown>>;
  };
  const options = deleteOptions(query, eviction.deleteOptions);
  await evictPod(parts.core, target, options);
  return json(201, success(undefined, 201));
}
