import * as z from 'zod';
import { encodeCursor } from '../../contract/cursor.ts';
import type { Run } from '../../core/run/run.ts';
import type { Position, RunQuery, StoredRun } from '../../store/types.ts';
import { listKey } from '../cache/runBook.ts';
import type { RunFeed } from '../cache/runFeed.ts';
import type { HistoryReader } from './historyReader.ts';

/** Which runs a page of both is about. */
export interface MergedQuery {
  readonly namespace: string | undefined;
  readonly phase: RunQuery['phase'];
  readonly matches: (run: Run) => boolean;
  readonly limit: number;
  /** Where the page before ended. */
  readonly place: Place;
}

/** Pages of history that one page of the answer may read: a selector that matches little gives a short page, not a long wait. */
const MOST_PAGES = 10;

/** Where a page of both ended. */
export interface Place {
  /** Key of the last run of the cluster; undefined: none was shown. */
  readonly cluster?: string;
  readonly history?: Position;
}

const placeSchema = z.strictObject({
  cluster: z.string().optional(),
  history: z.strictObject({ createdAt: z.number(), uid: z.string() }).optional(),
});

interface Entry {
  readonly run: Run;
  readonly source: 'cluster' | 'history';
  readonly createdAt: number;
  readonly place: Place;
}

/**
 * A page of all runs that exist or are recorded, the newest first. A run that the cluster has is told as the cluster has it;
 * both sides have a cursor of their own, so that nothing between two pages hides another run.
 */
export async function listWithHistory(feed: RunFeed, history: HistoryReader, query: MergedQuery) {
  const { place } = query;
  const past = await pastEntries(feed, history, query, place);
  const live = liveEntries(feed, query, place, past.unread);
  const merged = [...live.entries, ...past.entries].sort((a, b) => b.createdAt - a.createdAt);
  const page = merged.slice(0, query.limit);
  const hasMore = merged.length > page.length || live.hasMore || past.next !== undefined;
  const reached = page.reduce((at: Place, entry) => ({ ...at, ...entry.place }), place);
  const hasAllOfPast = past.entries.every((entry) => page.includes(entry));
  const next = hasAllOfPast && past.next !== undefined ? { ...reached, history: past.next } : reached;
  return {
    items: page.map(({ run, source }) => ({ ...run, source })),
    nextCursor: hasMore ? encodeCursor(JSON.stringify(next)) : null,
  };
}

/** @param unread the history may have runs of this time and older that were not read: of these, the cluster's wait too */
function liveEntries(
  feed: RunFeed,
  { namespace, matches, limit }: MergedQuery,
  place: Place,
  unread: number | undefined,
): { entries: Entry[]; hasMore: boolean } {
  const { items, next } = feed.book.page({ namespace, matches, limit, after: place.cluster });
  const all = items.map((run) => ({
    run,
    source: 'cluster' as const,
    createdAt: createdAtOf(run),
    place: { cluster: listKey(run) },
  }));
  const entries = all.filter(({ createdAt }) => unread === undefined || createdAt >= unread);
  return { entries, hasMore: next !== undefined || entries.length < all.length };
}

async function pastEntries(feed: RunFeed, history: HistoryReader, query: MergedQuery, place: Place) {
  const { namespace, phase, matches, limit } = query;
  const entries: Entry[] = [];
  let next = place.history;
  for (let pages = 0; pages < MOST_PAGES && entries.length < limit; pages += 1) {
    const page = await history.list({
      limit,
      ...(namespace === undefined ? {} : { namespaces: [namespace] }),
      ...(phase === undefined ? {} : { phase }),
      ...(next === undefined ? {} : { after: next }),
    });
    for (const stored of page.runs) {
      if (feed.byUid(stored.uid) === undefined && matches(stored.run)) entries.push(pastEntry(stored));
    }
    next = page.next;
    if (next === undefined) break;
  }
  const isShort = next !== undefined && entries.length < limit;
  return { entries, next, unread: isShort ? next?.createdAt : undefined };
}

function pastEntry({ run, uid, createdAt }: StoredRun): Entry {
  return { run, source: 'history', createdAt, place: { history: { createdAt, uid } } };
}

function createdAtOf({ metadata }: Run): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

/** The place that a cursor of this list holds; undefined when it holds none. */
export function readPlace(text: string): Place | undefined {
  try {
    return placeSchema.parse(JSON.parse(text)) as Place;
  } catch {
    // A cursor of another list, or no cursor at all: the caller says so.
    return undefined;
  }
}
