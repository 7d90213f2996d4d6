import { sql } from 'kysely';
import { type StoreError, StoreFull, StoreRefused, StoreUnavailable } from '../errors.ts';
import type { HistoryStore } from '../types.ts';
import type { Database } from './database.ts';
import { evidenceOfRun, expiredRuns, finalEvidence, forgetRuns, putPodEvidence } from './evidence.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { acknowledgeEvents, claimEvents, postponeEvents, waitingEvents } from './outbox.ts';
import { getRun, getRunByName, listRuns, presentRuns, recordRows, revisionsOf, statusesOf } from './runs.ts';
import { storeError } from './storeError.ts';

/**
 * History in a database, opened and brought up to date by the first call that needs it; a call that finds it away leaves
 * that to the next one. Every rejection is a `StoreError` that starts with what was being done. The signal that `open` is given
 * is aborted when the history is closed.
 */
export function sqlHistory(open: (signal: AbortSignal) => Promise<Database>): HistoryStore {
  let opened: Promise<Database> | undefined;
  let isMigrated: Promise<void> | undefined;
  let problem: StoreError | undefined;
  let isOpen = false;
  const closing = new AbortController();

  async function database(): Promise<Database['sql']> {
    refuseWhenClosed();
    opened ??= keep(open(closing.signal));
    const before = opened;
    let ready = await before;
    if (ready.isLost()) ready = await reopened(before, ready);
    isMigrated ??= migrate(ready, MIGRATIONS).catch(forgetting(() => (isMigrated = undefined)));
    await isMigrated;
    isOpen = true;
    return ready.sql;
  }

  /** One that is lost is closed before it is opened anew, by whoever comes first. */
  function reopened(before: Promise<Database>, lost: Database): Promise<Database> {
    if (opened !== before && opened !== undefined) return opened;
    refuseWhenClosed();
    isOpen = false;
    isMigrated = undefined;
    opened = keep(lost.close().then(() => open(closing.signal)));
    return opened;
  }

  function keep(opening: Promise<Database>): Promise<Database> {
    return opening.catch(forgetting(() => (opened = undefined)));
  }

  function refuseWhenClosed(): void {
    if (closing.signal.aborted)
      throw new StoreUnavailable('using history', 'It was closed, for the process ends');
  }

  async function use<T>(action: string, work: (sql: Database['sql']) => Promise<T>): Promise<T> {
    try {
      const answer = await work(await database());
      // One that is full can be read all the same: only what it takes in shows that it has room again.
      if (!(problem instanceof StoreFull)) problem = undefined;
      return answer;
    } catch (error) {
      const refusal = storeError(action, error);
      // What can't be stored or asked is no trouble of the database's: it answered.
      if (!(refusal instanceof StoreRefused)) problem = refusal;
      throw refusal;
    }
  }

  async function store(action: string, work: (sql: Database['sql']) => Promise<void>): Promise<void> {
    await use(action, work);
    problem = undefined;
  }

  return {
    async ready() {
      isMigrated = undefined;
      // In a transaction, as whatever writes: an embedded one begins none without room.
      await use('asking the database', (database) =>
        database.transaction().execute((transaction) => sql`select 1`.execute(transaction)),
      );
    },
    problem: () => problem,
    isOpen: () => isOpen,
    async close() {
      closing.abort(new Error('history was closed'));
      await opened?.then((database) => database.close()).catch(() => {});
    },
    record: (rows) => store('recording runs', (sql) => recordRows(sql, rows)),
    list: (query) => use('listing runs of history', (sql) => listRuns(sql, query)),
    get: (uid) => use(`reading run ${uid} of history`, (sql) => getRun(sql, uid)),
    getByName: (namespace, name) =>
      use(`reading run ${namespace}/${name} of history`, (sql) => getRunByName(sql, namespace, name)),
    statusRows: (uid) => use(`reading the statuses of run ${uid}`, (sql) => statusesOf(sql, uid)),
    revisions: (uids) => use('comparing with history', (sql) => revisionsOf(sql, uids)),
    presentRuns: (query) => use('comparing with history', (sql) => presentRuns(sql, query)),
    putEvidence: (evidence) =>
      store(`storing evidence of pod ${evidence.podName}`, (sql) => putPodEvidence(sql, evidence)),
    evidenceOf: (uid) => use(`reading evidence of run ${uid}`, (sql) => evidenceOfRun(sql, uid)),
    storedEvidence: (podUIDs) => use('asking for stored evidence', (sql) => finalEvidence(sql, podUIDs)),
    expired: (query) => use('looking for old history', (sql) => expiredRuns(sql, query)),
    forget: (uids) => use('forgetting old history', (sql) => forgetRuns(sql, uids)),
    claim: (query) => use('taking events of the outbox', (sql) => claimEvents(sql, query)),
    acknowledge: (rows) => use('acknowledging events', (sql) => acknowledgeEvents(sql, rows)),
    postpone: (rows, until) => use('postponing events', (sql) => postponeEvents(sql, rows, until)),
    waiting: (sink) => use('counting waiting events', (sql) => waitingEvents(sql, sink)),
  };
}

/** For a promise that is kept: one that failed is made anew by the next call. */
function forgetting(forget: () => void): (error: unknown) => never {
  return (error) => {
    forget();
    throw error;
  };
}
