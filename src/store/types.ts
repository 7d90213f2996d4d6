import type { Phase, Run, Stage } from '../core/run/run.ts';

/*
 * What the rest of the product knows of storage: history of runs with the evidence about their pods, events that wait
 * for other systems (outbox), and whole logs. Rejections are `StoreError`s (errors.ts); nothing here retries by
 * itself, and none of it knows the time: it comes in as an argument, ms since the epoch.
 */

/** History, and the outbox that is written in one transaction with it. */
export interface HistoryStore extends Outbox {
  /** Resolves once the database answers and has this version's schema; opens it when it is not open. Safe to repeat. */
  ready(): Promise<void>;
  /** What was wrong when the store was last used, for one that is full last written; undefined: nothing, or not used yet. */
  problem(): Error | undefined;
  /** Whether it has been opened and brought up to date; false before, and while one that was lost is opened anew. */
  isOpen(): boolean;
  /** Ends all connections. What runs is let finish; a call after it is refused. */
  close(): Promise<void>;

  /**
   * Stores status revisions with their outbox events, all or none. Idempotent by (run UID, revision): a row that is
   * stored already adds nothing, its events included. Rows may come in any order; `get` answers the highest revision.
   */
  record(rows: readonly StatusRow[]): Promise<void>;
  /** Runs, newest first by (createdAt, uid), after a position; `next` is undefined at the end. */
  list(query: RunQuery): Promise<RunPage>;
  get(uid: string): Promise<StoredRun | undefined>;
  /** The youngest run that ever had this name, as in its key (`runKeyName`). */
  getByName(namespace: string, name: string): Promise<StoredRun | undefined>;
  /** Every stored revision of a run, oldest first. A number that is missing was not seen by the recorder. */
  statusRows(uid: string): Promise<StoredStatus[]>;
  /** Highest stored revision of each of these runs; a run that is not stored is missing in the answer. */
  revisions(uids: readonly string[]): Promise<Map<string, number>>;
  /** Runs that are not recorded as deleted, by UID, after `after`: for whoever compares them with the cluster. */
  presentRuns(query: { after?: string; limit: number }): Promise<PresentRun[]>;

  /**
   * Stores what is known of a pod: the newer object wins; of a container's log one with bytes is never replaced by
   * one without. `final` stays once it was set. Safe to repeat.
   */
  putEvidence(evidence: PodEvidence): Promise<void>;
  /** Of all pods of a run, by stage and attempt. */
  evidenceOf(runUID: string): Promise<PodEvidence[]>;
  /** Those of these pods whose evidence is final. */
  storedEvidence(podUIDs: readonly string[]): Promise<Set<string>>;

  /**
   * Up to `limit` runs that ended or were deleted before `before` and are deleted in the cluster, and such as are not stored
   * though evidence of their pods is, all of it older than that: their last states were lost. Their whole logs are deleted
   * first (`LogStore.deleteRun`), then they are forgotten: in this order nothing is left that nobody knows of.
   */
  expired(query: { before: number; limit: number }): Promise<ExpiredRun[]>;
  /** Deletes runs with their revisions and evidence. Events that still wait in the outbox stay until they are delivered. */
  forget(uids: readonly string[]): Promise<void>;
}

/** One status of a run, as the cluster had it. */
export interface StatusRow {
  /** The whole object; metadata.managedFields is not stored. Without a status it counts as revision 0, Queued. */
  readonly run: Run;
  /** When it was seen. */
  readonly at: number;
  /** The object is gone from the cluster since then; `run` is its last known state. */
  readonly deletedAt?: number;
  /** Only with a status. */
  readonly events?: readonly NewEvent[];
}

/** Filters hold together. Times are of `metadata.creationTimestamp`. */
export interface RunQuery {
  /** Undefined: all. An empty list finds nothing. */
  readonly namespaces?: readonly string[];
  readonly phase?: Phase;
  readonly subject?: { readonly kind: string; readonly id: string };
  readonly profile?: string;
  readonly queue?: string;
  /** At or after. */
  readonly since?: number;
  /** Before. */
  readonly until?: number;
  /** True: only those deleted in the cluster. False: only the others. */
  readonly deleted?: boolean;
  /** 1 to 500. */
  readonly limit: number;
  readonly after?: Position;
}

/** Where a page ended. UIDs are compared by code unit. */
export interface Position {
  readonly createdAt: number;
  readonly uid: string;
}

export interface RunPage {
  readonly runs: readonly StoredRun[];
  readonly next: Position | undefined;
}

export interface StoredRun {
  readonly run: Run;
  readonly uid: string;
  readonly createdAt: number;
  /** When its newest status was seen. */
  readonly recordedAt: number;
  /** Undefined: the cluster has it, as far as is known. */
  readonly deletedAt: number | undefined;
}

export interface StoredStatus {
  readonly revision: number;
  readonly at: number;
  readonly status: NonNullable<Run['status']>;
}

export interface PresentRun {
  readonly uid: string;
  readonly namespace: string;
  /** As in its key (`runKeyName`). */
  readonly name: string;
  readonly revision: number;
}

/** A run whose records are to go. */
export type ExpiredRun = Pick<PresentRun, 'uid' | 'namespace'>;

/** What is known of one pod after it ended, or when it was about to be deleted. */
export interface PodEvidence {
  readonly runUID: string;
  readonly namespace: string;
  readonly podUID: string;
  readonly podName: string;
  readonly stage: Stage;
  readonly attempt: number;
  readonly at: number;
  /** Nothing more will come: the pod may be deleted. */
  readonly final: boolean;
  /** The pod and the Events about it, as JSON; whoever captures it decides what it holds. */
  readonly object: unknown;
  readonly logs: readonly ContainerLog[];
}

/** The log of one container: its end, or why there is none. */
export interface ContainerLog {
  readonly container: string;
  /** Of the container's earlier instance. */
  readonly previous: boolean;
  /** Last bytes, as the container wrote them. Empty and no `missing`: it wrote nothing. */
  readonly tail: Uint8Array;
  /** All that the container wrote, in bytes, where that is known. */
  readonly size: number | undefined;
  /** Why there is no tail. */
  readonly missing: string | undefined;
  /** The log store has it whole. */
  readonly whole: boolean;
}

/** An event for one sink. */
export interface NewEvent {
  /** Stable across retries; unique per sink. */
  readonly id: string;
  readonly sink: string;
  readonly type: string;
  readonly data: unknown;
}

/** An event that waits, and how often it was tried. */
export interface WaitingEvent extends NewEvent {
  /** Names the row for `acknowledge` and `postpone`. */
  readonly row: string;
  readonly runUID: string;
  readonly revision: number;
  readonly at: number;
  readonly tries: number;
}

/** Events for other systems: at least once, in order per run and sink. */
export interface Outbox {
  /**
   * Takes events of one sink that are due, oldest first and of each run only the first, until `now + leaseMs`: nobody else is
   * given them before. Whoever took one acknowledges or postpones it; if neither happens it is given out again.
   */
  claim(query: { sink: string; now: number; leaseMs: number; limit: number }): Promise<WaitingEvent[]>;
  /** Delivered: the rows go. */
  acknowledge(rows: readonly string[]): Promise<void>;
  /** Not delivered: due again at `until`; the run's later events wait behind it. */
  postpone(rows: readonly string[], until: number): Promise<void>;
  /** How many wait, and since when the oldest does. */
  waiting(sink: string): Promise<{ count: number; oldestAt: number | undefined }>;
}

/** Names the log of one container instance. */
export interface LogKey {
  readonly namespace: string;
  readonly runUID: string;
  readonly podUID: string;
  readonly container: string;
  readonly previous: boolean;
}

/** Whole logs of containers, as bytes. */
export interface LogStore {
  /** Resolves when logs can be written; rejects with what is wrong. */
  ready(): Promise<void>;
  /** Stores a whole log, in place of what was there, in bounded memory; resolves with its size once it is durable. */
  put(key: LogKey, bytes: AsyncIterable<Uint8Array>): Promise<number>;
  /**
   * Adds bytes at `offset`, for a log that is followed: resolves with the new size once they are durable. Bytes that are
   * there already are not written again, so a repeat does no harm; an offset behind the end is refused (a gap).
   */
  append(key: LogKey, offset: number, bytes: Uint8Array): Promise<number>;
  /** In bytes; undefined: there is none. */
  size(key: LogKey): Promise<number | undefined>;
  /** Bytes [from, from + limit), as far as there are any; undefined: there is no such log. */
  read(key: LogKey, range: { from: number; limit: number }): Promise<Uint8Array | undefined>;
  /**
   * Size of a log and where its pages begin (core/pipeline/pageStarts), the first at 0. Kept in an index beside the log, so
   * that no page is read to find another. undefined: there is no such log.
   */
  pages(key: LogKey): Promise<{ readonly size: number; readonly starts: readonly number[] } | undefined>;
  /** Deletes all logs of a run; none is success. */
  deleteRun(run: { namespace: string; runUID: string }): Promise<void>;
  close(): Promise<void>;
}
