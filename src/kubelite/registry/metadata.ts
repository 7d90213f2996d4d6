import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { Random } from '../../ports/clock.ts';
import { badRequest } from '../status.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';
import { apiVersionOf } from './catalogue.ts';

/** No vowels and no look-alikes, as in Kubernetes: no suffix can spell a word. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
/** A name may be 63 characters so that it fits a label; the prefix is cut to leave room for the suffix. */
const LONGEST_PREFIX = 63 - SUFFIX_LENGTH;

/** Metadata of an object on its way into the store: the fields of the server may be set. */
export type DraftMetadata = { -readonly [F in keyof ObjectMeta]?: ObjectMeta[F] };

/** A body whose metadata is an object; everything else in it is still unchecked. */
export interface Draft {
  apiVersion: string;
  kind: string;
  metadata: DraftMetadata;
  spec?: unknown;
  status?: unknown;
  [field: string]: unknown;
}

/** A private copy of a JSON value; fields that are undefined are left out. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => copyJson(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const field in value) {
    const item: unknown = value[field];
    if (item === undefined) continue;
    copy[field] = typeof item === 'object' ? copyJson(item) : item;
  }
  return copy as T;
}

/** A UUID, version 4. */
export function newUid(random: Random): string {
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}

/** `generateName` with a random suffix of five letters. */
export function generatedName(generateName: string, random: Random): string {
  let name = generateName.slice(0, LONGEST_PREFIX);
  for (let at = 0; at < SUFFIX_LENGTH; at++) {
    name += SUFFIX_LETTERS[Math.floor(random() * SUFFIX_LETTERS.length)] ?? '';
  }
  return name;
}

/**
 * The body as a draft (not a copy) of this resource. An absent apiVersion or kind is filled in; others than the
 * URL's, and another namespace, are refused with 400. `name` is undefined for creates.
 */
export function draftOf(
  info: ResourceInfo,
  namespace: string | undefined,
  name: string | undefined,
  body: unknown,
): Draft {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the object provided is unrecognized (must be of type Object)');
  }
  const given = body as Partial<Draft>;
  const apiVersion = given.apiVersion ?? apiVersionOf(info);
  if (apiVersion !== apiVersionOf(info)) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(info)})`,
    );
  }
  const kind = given.kind ?? info.kind;
  if (kind !== info.kind) {
    throw badRequest(`the kind in the data (${kind}) does not match the expected kind (${info.kind})`);
  }
  const metadata = metadataOf(given.metadata);
  if (info.namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== undefined && metadata.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  return { ...given, apiVersion, kind, metadata };
}

function metadataOf(given: unknown): DraftMetadata {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw badRequest('the object provided is unrecognized (metadata must be an object)');
  }
  return { ...given };
}

/** `metadata` of a stored object with those fields that only the server writes taken from it. */
export function keepServerFields(
  given: DraftMetadata,
  stored: StoredObject['metadata'],
): StoredObject['metadata'] {
  const { selfLink: _selfLink, ...free } = given;
  const kept: Record<string, unknown> = { ...free };
  for (const field of SERVER_FIELDS) {
    if (stored[field] === undefined) delete kept[field];
    else kept[field] = stored[field];
  }
  return kept as unknown as StoredObject['metadata'];
}

const SERVER_FIELDS = [
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
] as const;
