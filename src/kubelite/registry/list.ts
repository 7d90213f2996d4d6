import { type FieldError, forbidden, notSupported } from '../../kubernetes/fieldError.ts';
import { badRequest, expired, invalid, versionTooLarge } from '../status.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';
import { type Served, shownAs } from './catalogue.ts';
import { objectsAt } from './collection.ts';
import { type Core, collectionOf } from './core.ts';
import type { Selection } from './selection.ts';

/** What a list asks beside the selectors. */
export interface ListRequest {
  /** 0 or undefined: everything in one page. */
  readonly limit?: number | undefined;
  readonly continueToken?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
}

/** One page, all of one version of the collection. */
export interface Page {
  readonly items: readonly StoredObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  /** How many come after this page; only known without selectors that leave some out. */
  readonly remaining: number | undefined;
}

interface Token {
  readonly version: number;
  /** The id after which the next page starts. */
  readonly after: string;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * One page of a collection, sorted by namespace and name. Refuses: a version or token older than the history (410,
 * for a token with one to go on with), a version that isn't reached yet (504), options that contradict (400, 422).
 */
export function listObjects(core: Core, served: Served, selection: Selection, request: ListRequest): Page {
  checkOptions(request);
  const token = request.continueToken ? readToken(request.continueToken) : undefined;
  const current = core.store.version;
  const version = versionOf(request, token, current);
  const objects = objectsAt(collectionOf(core, served), selection.namespace, version);
  if (!objects) throw tooOld(token, version, current);
  return pageOf(objects, served, selection, request.limit, token, version);
}

function versionOf(request: ListRequest, token: Token | undefined, current: number): number {
  if (token) return token.version === -1 ? current : token.version;
  const asked = parseVersion(request.resourceVersion);
  if (asked > current) throw versionTooLarge(String(asked), String(current));
  return request.resourceVersionMatch === 'Exact' ? asked : current;
}

function pageOf(
  objects: readonly (readonly [string, StoredObject])[],
  served: Served,
  selection: Selection,
  limit: number | undefined,
  token: Token | undefined,
  version: number,
): Page {
  const items: StoredObject[] = [];
  let after: string | undefined;
  let remaining = 0;
  let left = 0;
  for (const [id, object] of objects) {
    if (token && id <= token.after) continue;
    if (!selection.matches(object)) {
      left++;
      continue;
    }
    if (limit && items.length >= limit) {
      remaining++;
      continue;
    }
    items.push(shownAs(served, object));
    after = id;
  }
  const more = remaining > 0 && after !== undefined;
  return {
    items,
    resourceVersion: String(version),
    continueToken: more ? writeToken({ version, after: after ?? '' }) : undefined,
    remaining: more && left === 0 ? remaining : undefined,
  };
}

function tooOld(token: Token | undefined, version: number, current: number): Error {
  if (token) return expired(TOO_OLD, writeToken({ version: -1, after: token.after }));
  return expired(`too old resource version: ${version} (${current})`);
}

/** The number in a resourceVersion; 0 for none. Throws 400 when it is none of ours. */
export function parseVersion(text: string | undefined): number {
  if (!text) return 0;
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`invalid resource version "${text}": it must be one that this server gave`);
  }
  return Number(text);
}

function writeToken(token: Token): string {
  return Buffer.from(JSON.stringify({ v: 1, rv: token.version, after: token.after })).toString('base64url');
}

function readToken(text: string): Token {
  try {
    const { v, rv, after } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
    if (v === 1 && typeof rv === 'number' && typeof after === 'string') return { version: rv, after };
  } catch {
    // Said below, as for any other token that isn't ours.
  }
  throw badRequest(`continue key is not valid: ${text} was not made by this server`);
}

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' } as ResourceInfo;

function checkOptions(request: ListRequest): void {
  const { resourceVersionMatch: match, resourceVersion, continueToken } = request;
  const errors: FieldError[] = [];
  const field = 'resourceVersionMatch';
  if (match) {
    if (!resourceVersion)
      errors.push(forbidden(field, `${field} is forbidden unless resourceVersion is provided`));
    if (continueToken) errors.push(forbidden(field, `${field} is forbidden when continue is provided`));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbidden(field, `${field} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (errors.length > 0) throw invalid(LIST_OPTIONS, '', errors);
  if (continueToken && resourceVersion && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
}
