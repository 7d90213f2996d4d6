import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { runKey, runKeyOfPod } from '../../core/naming/runKey.ts';
import { isTrue } from '../../core/run/conditions.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Change } from '../../kube/watch/store.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import type { HistoryStore, LogStore, StatusRow } from '../../store/types.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { OperatorMetrics } from '../../telemetry/metrics.ts';
import type { Templates } from '../templates.ts';
import type { Watches } from '../watches.ts';
import { catchUp } from './catchUp.ts';
import { HistoryWriter } from './historyWriter.ts';
import { PodRecords } from './podRecords.ts';
import { type Records, recordsOf } from './records.ts';
import { keepForgetting } from './retention.ts';
import { Troubles } from './troubles.ts';
import { wholeRun, withPodsOf } from './wholeRun.ts';

/** What waits when the process ends gets so long to be stored; what is not is found again by the next leader. */
const STOP_GRACE_MS = 2_000;

/** Where records go. */
export interface RecordStores {
  readonly history: HistoryStore;
  /** Undefined: of logs only the ends are kept. */
  readonly logs: LogStore | undefined;
  /** Days that history is kept after a run's end; 0: for ever. */
  readonly days: number;
}

/** What a recorder needs. */
export interface RecorderParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Pick<OperatorMetrics, 'historyFailed' | 'historyLost'>;
  readonly watches: Pick<Watches, 'run' | 'runs' | 'pods' | 'podsOfRun' | 'whenSynced'>;
  readonly templates: Pick<Templates, 'logsOf'>;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  /** Undefined: evidence is what the status holds. */
  readonly stores: RecordStores | undefined;
  /** A run that waited for its evidence may go on. */
  readonly onRun: (key: string) => void;
}

/** Records what happens, while this process leads. Nothing waits for it but our own deletions. */
export interface Recorder extends Records {
  onRun(change: Change<Run>): void;
  onPod(change: Change<Pod>): void;
  beginTerm(): void;
  /** Takes nothing new; what was taken is still being stored. */
  endTerm(): Promise<void>;
  stop(): Promise<void>;
  /** What is in the way, one line each. */
  warnings(): readonly string[];
  /** Age of the oldest state that is not stored, in s; 0: none waits. */
  lagSeconds(): number;
  /** Pods whose evidence is wanted and not stored. */
  evidenceWaiting(): number;
}

/** What lives while this process leads. */
interface Term {
  /** Since when, ms of the API server's time. */
  readonly since: number;
  readonly end: AbortController;
  readonly pods: PodRecords;
}

/** Makes a recorder, outside of any term. */
export function startRecorder(parts: RecorderParts): Recorder {
  const { client, clock, watches, stores } = parts;
  const troubles = new Troubles(parts);
  const stored = new Map<string, number>();
  let term: Term | undefined;

  const noteStored = ({ run, deletedAt }: Pick<StatusRow, 'run' | 'deletedAt'>) => {
    const uid = run.metadata.uid ?? '';
    if (deletedAt === undefined) stored.set(uid, Math.max(stored.get(uid) ?? 0, run.status?.revision ?? 0));
    else stored.delete(uid);
    wakeIfWaiting(runKey(run));
  };
  const wakeIfWaiting = (key: string) => {
    if (isTrue(watches.run(key)?.status, 'EvidenceWaiting')) parts.onRun(key);
  };
  const writer = stores && createWriter(parts, stores.history, troubles, noteStored);
  const createRecords = () =>
    new PodRecords({
      ...parts,
      history: stores?.history,
      logStore: stores?.logs,
      runOf: (pod) => runOfPod(watches, pod),
      logsOf: (run, signal) => parts.templates.logsOf(run, { signal }),
      onStored: (pod) => wakeIfWaiting(runKeyOfPod(pod.metadata)),
      onTrouble: (what, error) => troubles.trouble(what, error),
      onLost: (what, error) => troubles.lost(what, error),
    });
  const begin = (begun: Term) => {
    if (begun.end.signal.aborted) return;
    begun.pods.begin(watches.pods());
    if (watches.runs().length > 0) writer?.catchUp();
    else writer?.catchUpLater();
    if (stores && stores.days > 0) {
      const onRound = () => writer?.goOn();
      void keepForgetting({ ...parts, ...retentionOf(parts, stores, troubles), onRound }, begun.end.signal);
    }
  };
  const endTerm = async () => {
    const ended = term;
    term = undefined;
    stored.clear();
    ended?.end.abort(new Error('this process leads no more'));
    await ended?.pods.end();
  };
  return {
    ...recordsOf({ isStoring: stores !== undefined, stored, term: () => term }),
    onRun(change) {
      if (term === undefined) return;
      if (change.kind !== 'deleted') term.pods.seeRun(watches.podsOfRun(change.object));
      const row = rowOf(change, client.serverNow());
      if (!row || !writer) return;
      writer.add({ ...row, run: withPodsOf(row.run, writer.pendingOf(row.run.metadata.uid)?.run) });
    },
    onPod(change) {
      term?.pods.see(change.object, change.kind === 'deleted');
    },
    beginTerm() {
      const begun = { since: client.serverNow(), end: new AbortController(), pods: createRecords() };
      term = begun;
      void watches.whenSynced().then((isSynced) => isSynced && begin(begun));
    },
    // A store that hangs must not hold up the election; what it still does is safe to repeat.
    async endTerm() {
      void endTerm();
    },
    async stop() {
      // One that is still being opened takes nothing in so short a time.
      const graceMs = stores?.history.isOpen() === false ? 0 : STOP_GRACE_MS;
      await Promise.all([Promise.race([endTerm(), sleep(clock, graceMs)]), writer?.stop(graceMs)]);
    },
    warnings: () => troubles.warnings(writer?.problem()),
    lagSeconds() {
      const oldest = writer?.oldestAt();
      return oldest === undefined ? 0 : Math.max(0, client.serverNow() - oldest) / 1000;
    },
    evidenceWaiting: () => (stores ? (term?.pods.waiting() ?? 0) : 0),
  };

  function createWriter(
    { random, watchNamespaces }: RecorderParts,
    history: HistoryStore,
    told: Troubles,
    onStored: (row: StatusRow) => void,
  ): HistoryWriter {
    const inScope = (namespace: string) =>
      watchNamespaces.length === 0 || watchNamespaces.includes(namespace);
    const whole = { client, history };
    return new HistoryWriter({
      history,
      clock,
      random,
      complete: async (row, signal) => ({ ...row, run: await wholeRun(whole, row.run, { signal }) }),
      catchUp: (signal) =>
        catchUp({ ...whole, runs: () => watches.runs(), watches: inScope, onStored }, signal),
      onStored,
      onTrouble: (what, error) => told.trouble(what, error),
      onLost: (what, error) => told.lost(what, error),
    });
  }
}

/** A row for each new revision of a status, and one for the end of the object. */
function rowOf(change: Change<Run>, at: number): StatusRow | undefined {
  const run = change.object;
  if (change.kind === 'deleted') return { run, at, deletedAt: at };
  const before = change.kind === 'updated' ? change.previous : undefined;
  if (run.status === undefined || before?.status?.revision === run.status.revision) return undefined;
  return { run: withPodsOf(run, before), at };
}

/** The label alone could be anybody's: name, namespace and UID must be those of a run that exists. */
function runOfPod(watches: Pick<Watches, 'run'>, pod: Pod): Run | undefined {
  const run = watches.run(runKeyOfPod(pod.metadata));
  return run?.metadata.uid === pod.metadata?.labels?.[LABEL.runUid] ? run : undefined;
}

function retentionOf({ client, log }: RecorderParts, stores: RecordStores, troubles: Troubles) {
  return {
    history: stores.history,
    logStore: stores.logs,
    days: stores.days,
    now: () => client.serverNow(),
    onForgotten: (count: number) => log.info('forgot old history', { runs: count, days: stores.days }),
    onTrouble: (what: string, error: unknown) => troubles.trouble(what, error),
  };
}
