import { forbidden } from '../../kubernetes/fieldError.ts';
import { apiVersionOf, type Served, shownAs } from '../registry/catalogue.ts';
import type { Change } from '../registry/collection.ts';
import type { Core } from '../registry/core.ts';
import { parseVersion } from '../registry/list.ts';
import type { Selection } from '../registry/selection.ts';
import { jsonOf } from '../registry/store.ts';
import { initialObjects, type Seen, watchObjects } from '../registry/watch.ts';
import { ApiStatusError, invalid, statusOf } from '../status.ts';
import type { ApiResponse, ResourceInfo, StoredObject } from '../types.ts';
import { isSet, wholeNumber } from './query.ts';
import { type WatchQueue, watchQueue } from './watchQueue.ts';

/** Writes one object as the client wants it: itself, a Table of one row, its metadata. */
export type Render = (object: StoredObject) => unknown;

export interface WatchRequest {
  readonly core: Core;
  readonly served: Served;
  readonly selection: Selection;
  readonly query: URLSearchParams;
  /** Undefined: the objects as they are, for which the bytes of a change are shared by all watches. */
  readonly render: Render | undefined;
  /** Aborted when the client goes or the server stops. */
  readonly signals: readonly AbortSignal[];
}

/** Bookmarks come about once a minute, as the API server's. */
const BOOKMARK_MS = 60_000;
/** Without a limit of its own a watch lives 30 to 60 minutes, at random, so that not all come back at once. */
const LEAST_LIFE_SECONDS = 1_800;

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** The answer to a watch. Refuses contradicting options (422); a version that is too old is an ERROR event with 410. */
export function watchResponse(request: WatchRequest): ApiResponse {
  const { core, query } = request;
  const stops: (() => void)[] = [];
  const queue = watchQueue(() => stops.forEach((stop) => stop()));
  const end = () => queue.end();
  const watch: OpenWatch = { ...request, queue, bookmarks: isSet(query, 'allowWatchBookmarks') };
  try {
    stops.push(start(watch));
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status !== 410) throw error;
    queue.push(frame('ERROR', JSON.stringify(statusOf(error))));
    queue.end();
  }
  stops.push(limitLife(watch));
  // Served no more, or with another schema now: the client reads anew.
  const { info } = request.served;
  const isServed = () => core.catalogue.find(info.group, info.version, info.plural) === request.served;
  stops.push(core.catalogue.onChange(() => isServed() || queue.end()));
  for (const signal of request.signals) {
    if (signal.aborted) queue.end();
    signal.addEventListener('abort', end, { once: true });
    stops.push(() => signal.removeEventListener('abort', end));
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: queue };
}

interface OpenWatch extends WatchRequest {
  readonly queue: WatchQueue;
  readonly bookmarks: boolean;
}

/** Sends what the watch starts with and subscribes it to what follows; returns the stop. */
function start(watch: OpenWatch): () => void {
  const { core, served, selection, query } = watch;
  const asked = parseVersion(query.get('resourceVersion') ?? undefined);
  const initialEvents = readInitialEvents(query);
  let version = asked;
  if (initialEvents === true || (initialEvents === undefined && asked === 0)) {
    const { initial, version: now } = initialObjects(core, served, selection);
    for (const object of initial) watch.queue.push(frame('ADDED', rendered(watch, shownAs(served, object))));
    if (initialEvents && watch.bookmarks) sendBookmark(watch, { [INITIAL_EVENTS_END]: 'true' });
    version = now;
  } else if (asked === 0) {
    version = core.store.version;
  }
  return watchObjects(core, served, selection, version, (seen) => watch.queue.push(frameOf(watch, seen)));
}

function readInitialEvents(query: URLSearchParams): boolean | undefined {
  const wanted = query.has('sendInitialEvents') ? isSet(query, 'sendInitialEvents') : undefined;
  const match = query.get('resourceVersionMatch');
  if (wanted === undefined) {
    if (match)
      throw refusedMatch('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return undefined;
  }
  if (match !== 'NotOlderThan')
    throw refusedMatch('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  return wanted;
}

function refusedMatch(why: string): Error {
  const options = { group: 'meta.k8s.io', kind: 'ListOptions' } as ResourceInfo;
  return invalid(options, '', [forbidden('resourceVersionMatch', why)]);
}

/** Bookmarks while it lives, and the end; returns the stop. */
function limitLife(watch: OpenWatch): () => void {
  const { core, queue } = watch;
  const seconds = wholeNumber(watch.query, 'timeoutSeconds') || LEAST_LIFE_SECONDS * (1 + core.random());
  const life = core.clock.after(seconds * 1_000, () => {
    if (watch.bookmarks) sendBookmark(watch, {});
    queue.end();
  });
  const next = () => core.clock.after(BOOKMARK_MS, tick);
  const tick = () => {
    sendBookmark(watch, {});
    timer = next();
  };
  let timer = watch.bookmarks ? next() : undefined;
  return () => {
    life.cancel();
    timer?.cancel();
  };
}

function sendBookmark(watch: OpenWatch, annotations: Readonly<Record<string, string>>): void {
  const { info } = watch.served;
  const metadata = {
    resourceVersion: String(watch.core.store.version),
    creationTimestamp: null,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const object = { kind: info.kind, apiVersion: apiVersionOf(info), metadata } as unknown as StoredObject;
  watch.queue.push(frame('BOOKMARK', rendered(watch, object)));
}

function rendered(watch: OpenWatch, object: StoredObject): string {
  return JSON.stringify(watch.render ? watch.render(object) : object);
}

/** The bytes of a change are made once for each type that watches see it as. */
const frames = new WeakMap<Change, Partial<Record<Seen['type'], Uint8Array>>>();

function frameOf(watch: OpenWatch, { type, change }: Seen): Uint8Array {
  const leaves = type === 'DELETED' && change.type !== 'DELETED';
  if (leaves) return frame(type, rendered(watch, shownAs(watch.served, lastSelected(change))));
  if (watch.render || change.object.apiVersion !== shownAs(watch.served, change.object).apiVersion) {
    return frame(type, rendered(watch, shownAs(watch.served, change.object)));
  }
  const known = frames.get(change) ?? {};
  const made = known[type] ?? frame(type, jsonOf(change.object));
  frames.set(change, { ...known, [type]: made });
  return made;
}

/** What a watcher last saw of an object that left its selection, with the version at which it left. */
function lastSelected(change: Change): StoredObject {
  const last = change.previous ?? change.object;
  return { ...last, metadata: { ...last.metadata, resourceVersion: change.object.metadata.resourceVersion } };
}

const encoder = new TextEncoder();

function frame(type: string, object: string): Uint8Array {
  return encoder.encode(`{"type":"${type}","object":${object}}\n`);
}
