import { notSupported } from '../../kubernetes/fieldError.ts';
import type { Json } from '../../kubernetes/json.ts';
import type { WriteOptions } from '../registry/core.ts';
import { badRequest, invalid } from '../status.ts';
import type { DeleteRequest, ResourceInfo } from '../types.ts';

/** One parameter of a query as a whole number. Throws 400 when it is none. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`reading query: ${name}=${text} must be a whole number`);
  return Number(text);
}

/** One parameter as a switch: `true`, `1` or there without a value. Throws 400 for other words. */
export function isSet(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === 'false' || text === '0') return false;
  if (text === '' || text === 'true' || text === '1') return true;
  throw badRequest(`reading query: ${name}=${text} must be true or false`);
}

const VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;

/** `dryRun`, `fieldValidation` and `fieldManager` of a write. Throws 422 for words that they don't know. */
export function writeOptions(query: URLSearchParams, kind: string): WriteOptions {
  const options = { group: 'meta.k8s.io', kind } as ResourceInfo;
  const dryRun = query.getAll('dryRun').filter((word) => word !== '');
  for (const word of dryRun) {
    if (word !== 'All') throw invalid(options, '', [notSupported('dryRun', dryRun, ['All'])]);
  }
  const given = query.get('fieldValidation') || 'Warn';
  const fieldValidation = VALIDATIONS.find((word) => word === given);
  if (!fieldValidation)
    throw invalid(options, '', [notSupported('fieldValidation', given, ['', ...VALIDATIONS])]);
  const fieldManager = query.get('fieldManager');
  return { dryRun: dryRun.length > 0, fieldValidation, ...(fieldManager ? { fieldManager } : {}) };
}

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

/** The options of a delete, from its body and its query; the body wins. Throws 400 and 422 for bad ones. */
export function deleteOptions(
  query: URLSearchParams,
  body: Readonly<Record<string, unknown>> | undefined,
): DeleteRequest & { readonly dryRun: boolean } {
  const grace = body?.['gracePeriodSeconds'] ?? wholeNumber(query, 'gracePeriodSeconds');
  if (grace !== undefined && grace !== null && !Number.isInteger(grace)) {
    throw badRequest(
      `reading DeleteOptions: gracePeriodSeconds: ${JSON.stringify(grace)} must be a whole number`,
    );
  }
  const policy = policyOf(body?.['propagationPolicy'] ?? query.get('propagationPolicy'), body, query);
  const preconditions = body?.['preconditions'] as DeleteRequest['preconditions'];
  const dryRun = Array.isArray(body?.['dryRun'])
    ? body['dryRun'].length > 0
    : query.getAll('dryRun').includes('All');
  return {
    ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
    ...(policy ? { propagationPolicy: policy } : {}),
    ...(preconditions ? { preconditions } : {}),
    dryRun,
  };
}

function policyOf(
  given: unknown,
  body: Readonly<Record<string, unknown>> | undefined,
  query: URLSearchParams,
): (typeof POLICIES)[number] | undefined {
  if (given !== undefined && given !== null && given !== '') {
    const policy = POLICIES.find((word) => word === given);
    if (policy) return policy;
    const options = { group: 'meta.k8s.io', kind: 'DeleteOptions' } as ResourceInfo;
    throw invalid(options, '', [notSupported('propagationPolicy', given as Json, [...POLICIES, 'nil'])]);
  }
  const orphan =
    body?.['orphanDependents'] ??
    (query.has('orphanDependents') ? isSet(query, 'orphanDependents') : undefined);
  if (typeof orphan !== 'boolean') return undefined;
  return orphan ? 'Orphan' : 'Background';
}
