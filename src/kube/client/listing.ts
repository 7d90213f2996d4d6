import { GoneError, MalformedAnswerError } from '../errors.ts';
import type { KubeList, KubeObject, ListOptions, Resource } from '../types.ts';
import { isRecord } from './answerError.ts';
import type { Call } from './call.ts';

/** Objects a page: what kubectl asks for; 500 pods are about 1.5 MB. */
const PAGE_SIZE = 500;
/** A list whose version is compacted away between pages so often is asked for in one piece. */
const MAX_RESTARTS = 2;

/** A list's answer as ours: every item says its kind, as it does in a watch. Throws when it is no list. */
export function readList<T extends KubeObject>(
  call: Call,
  resource: Resource<T>,
  answer: unknown,
): KubeList<T> {
  const metadata = isRecord(answer) && isRecord(answer['metadata']) ? answer['metadata'] : {};
  const items = isRecord(answer) ? (answer['items'] ?? []) : undefined;
  const resourceVersion = metadata['resourceVersion'];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || !items.every(isRecord)) {
    throw new MalformedAnswerError({ message: `${call.action}: the answer is no list of objects` });
  }
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  for (const item of items) {
    item['apiVersion'] ??= apiVersion;
    item['kind'] ??= resource.kind;
  }
  const token = metadata['continue'];
  return {
    items: items as T[],
    resourceVersion,
    continueToken: typeof token === 'string' && token !== '' ? token : undefined,
  };
}

/** Puts the pages of one version together; starts again when that version is gone meanwhile. */
export async function allPages<T extends KubeObject>(
  page: (options: ListOptions) => Promise<KubeList<T>>,
  options: ListOptions,
): Promise<KubeList<T>> {
  for (let restarts = 0; restarts <= MAX_RESTARTS; restarts++) {
    const whole = await pagesOfOneVersion(page, { limit: PAGE_SIZE, ...options });
    if (whole !== undefined) return whole;
  }
  const { limit: _limit, ...unpaged } = options;
  return page(unpaged);
}

/** undefined: the version expired between two pages. */
async function pagesOfOneVersion<T extends KubeObject>(
  page: (options: ListOptions) => Promise<KubeList<T>>,
  options: ListOptions,
): Promise<KubeList<T> | undefined> {
  const first = await page(options);
  const items = first.items;
  // The token holds the version; the server refuses both together.
  const { resourceVersion: _version, resourceVersionMatch: _match, ...further } = options;
  for (let token = first.continueToken; token !== undefined; ) {
    try {
      const next = await page({ ...further, continueToken: token });
      for (const item of next.items) items.push(item);
      token = next.continueToken;
    } catch (error) {
      if (error instanceof GoneError) return undefined;
      throw error;
    }
  }
  return { items, resourceVersion: first.resourceVersion, continueToken: undefined };
}
