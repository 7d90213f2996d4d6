import { factsOf, type RunFacts } from '../storedRun.ts';
import type {
  ExpiredRun,
  HistoryStore,
  PodEvidence,
  RunQuery,
  StatusRow,
  StoredRun,
  StoredStatus,
  WaitingEvent,
} from '../types.ts';

type Due = WaitingEvent & { dueAt: number };

/** A history that lives as long as the process, for simulations; held to the same suite as the real ones. */
export class MemoryHistory implements HistoryStore {
  /** Set: every call is rejected with it, as with a database that is away. */
  failure: Error | undefined;
  readonly #runs = new Map<string, RunFacts>();
  readonly #statuses = new Map<string, Map<number, StoredStatus>>();
  readonly #evidence = new Map<string, PodEvidence>();
  #outbox: Due[] = [];
  #rows = 0;

  async ready(): Promise<void> {
    this.#answer();
  }

  problem(): Error | undefined {
    return this.failure;
  }

  isOpen(): boolean {
    return true;
  }

  async close(): Promise<void> {}

  async record(rows: readonly StatusRow[]): Promise<void> {
    this.#answer();
    for (const { row, facts } of rows.map((row) => ({ row, facts: factsOf(row) }))) this.#record(row, facts);
  }

  async list(
    query: RunQuery,
  ): Promise<{ runs: StoredRun[]; next: { createdAt: number; uid: string } | undefined }> {
    this.#answer();
    const found = [...this.#runs.values()].filter((facts) => isWanted(facts, query)).sort(youngestFirst);
    const page = found.slice(0, query.limit);
    const last = page.at(-1);
    const next =
      found.length > page.length && last !== undefined
        ? { createdAt: last.createdAt, uid: last.uid }
        : undefined;
    return { runs: page.map(storedRun), next };
  }

  async get(uid: string): Promise<StoredRun | undefined> {
    this.#answer();
    const facts = this.#runs.get(uid);
    return facts && storedRun(facts);
  }

  async getByName(namespace: string, name: string): Promise<StoredRun | undefined> {
    this.#answer();
    const [youngest] = [...this.#runs.values()]
      .filter((facts) => facts.namespace === namespace && facts.name === name)
      .sort(youngestFirst);
    return youngest && storedRun(youngest);
  }

  async statusRows(uid: string): Promise<StoredStatus[]> {
    this.#answer();
    const rows = [...(this.#statuses.get(uid)?.values() ?? [])];
    return structuredClone(rows.sort((a, b) => a.revision - b.revision));
  }

  async revisions(uids: readonly string[]): Promise<Map<string, number>> {
    this.#answer();
    const known = uids.flatMap((uid) => this.#runs.get(uid) ?? []);
    return new Map(known.map(({ uid, revision }) => [uid, revision]));
  }

  async presentRuns({ after = '', limit }: { after?: string; limit: number }): Promise<RunFacts[]> {
    this.#answer();
    const present = [...this.#runs.values()].filter(
      ({ uid, deletedAt }) => deletedAt === undefined && uid > after,
    );
    return present.sort((a, b) => (a.uid < b.uid ? -1 : 1)).slice(0, limit);
  }

  async putEvidence(evidence: PodEvidence): Promise<void> {
    this.#answer();
    const earlier = this.#evidence.get(evidence.podUID);
    this.#evidence.set(evidence.podUID, structuredClone(earlier ? merged(earlier, evidence) : evidence));
  }

  async evidenceOf(runUID: string): Promise<PodEvidence[]> {
    this.#answer();
    const ofRun = [...this.#evidence.values()].filter((evidence) => evidence.runUID === runUID);
    return structuredClone(
      ofRun.sort((a, b) => (a.stage === b.stage ? a.attempt - b.attempt : a.stage === 'main' ? -1 : 1)),
    );
  }

  async storedEvidence(podUIDs: readonly string[]): Promise<Set<string>> {
    this.#answer();
    return new Set(podUIDs.filter((podUID) => this.#evidence.get(podUID)?.final));
  }

  async expired({ before, limit }: { before: number; limit: number }): Promise<ExpiredRun[]> {
    this.#answer();
    const over = [...this.#runs.values()].filter(
      ({ finishedAt, deletedAt }) => deletedAt !== undefined && (finishedAt ?? deletedAt) < before,
    );
    const young = new Set([...this.#evidence.values()].filter(({ at }) => at >= before).map(runUIDOf));
    const unknown = [...this.#evidence.values()].filter(
      ({ runUID }) => !this.#runs.has(runUID) && !young.has(runUID),
    );
    const all = [...over, ...unknown.map(({ runUID, namespace }) => ({ uid: runUID, namespace }))];
    return [...new Map(all.map(({ uid, namespace }) => [uid, { uid, namespace }])).values()].slice(0, limit);
  }

  async forget(uids: readonly string[]): Promise<void> {
    this.#answer();
    for (const uid of uids) {
      this.#runs.delete(uid);
      this.#statuses.delete(uid);
      for (const { runUID, podUID } of this.#evidence.values())
        if (runUID === uid) this.#evidence.delete(podUID);
    }
  }

  async claim(query: { sink: string; now: number; leaseMs: number; limit: number }): Promise<WaitingEvent[]> {
    this.#answer();
    const waiting = this.#outbox.filter(({ sink }) => sink === query.sink);
    const first = waiting.filter((event) => !waiting.some((other) => isBefore(other, event)));
    const taken = first.filter(({ dueAt }) => dueAt <= query.now).slice(0, query.limit);
    for (const event of taken) event.dueAt = query.now + query.leaseMs;
    return taken.map(({ dueAt: _, ...event }) => {
      this.#change(event.row, { tries: event.tries + 1 });
      return structuredClone(event);
    });
  }

  async acknowledge(rows: readonly string[]): Promise<void> {
    this.#answer();
    this.#outbox = this.#outbox.filter(({ row }) => !rows.includes(row));
  }

  async postpone(rows: readonly string[], until: number): Promise<void> {
    this.#answer();
    for (const row of rows) this.#change(row, { dueAt: until });
  }

  async waiting(sink: string): Promise<{ count: number; oldestAt: number | undefined }> {
    this.#answer();
    const times = this.#outbox.filter((event) => event.sink === sink).map(({ at }) => at);
    return { count: times.length, oldestAt: times.length === 0 ? undefined : Math.min(...times) };
  }

  #answer(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #record({ events = [] }: StatusRow, facts: RunFacts): void {
    const { uid, revision, at } = facts;
    const earlier = this.#runs.get(uid);
    const newest = earlier !== undefined && earlier.revision > revision ? earlier : structuredClone(facts);
    this.#runs.set(uid, { ...newest, deletedAt: earlier?.deletedAt ?? facts.deletedAt });
    const rows = this.#statuses.get(uid) ?? new Map<number, StoredStatus>();
    this.#statuses.set(uid, rows);
    const { status } = facts.run;
    if (status === undefined || rows.has(revision)) return;
    rows.set(revision, structuredClone({ revision, at, status }));
    for (const event of events) {
      if (this.#outbox.some(({ id, sink }) => id === event.id && sink === event.sink)) continue;
      this.#rows += 1;
      const row = String(this.#rows);
      this.#outbox.push(structuredClone({ ...event, row, runUID: uid, revision, at, tries: 0, dueAt: at }));
    }
  }

  #change(row: string, change: Partial<Due>): void {
    this.#outbox = this.#outbox.map((event) => (event.row === row ? { ...event, ...change } : event));
  }
}

function isWanted(facts: RunFacts, query: RunQuery): boolean {
  const { subject } = facts.run.spec;
  return (
    (query.namespaces?.includes(facts.namespace) ?? true) &&
    (query.phase === undefined || facts.phase === query.phase) &&
    (query.subject === undefined ||
      (subject?.kind === query.subject.kind && subject.id === query.subject.id)) &&
    (query.profile === undefined || facts.profile === query.profile) &&
    (query.queue === undefined || facts.queue === query.queue) &&
    (query.since === undefined || facts.createdAt >= query.since) &&
    (query.until === undefined || facts.createdAt < query.until) &&
    (query.deleted === undefined || (facts.deletedAt !== undefined) === query.deleted) &&
    (query.after === undefined || youngestFirst(query.after, facts) < 0)
  );
}

function youngestFirst(a: { createdAt: number; uid: string }, b: { createdAt: number; uid: string }): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  if (a.uid === b.uid) return 0;
  return a.uid > b.uid ? -1 : 1;
}

function storedRun({ run, uid, createdAt, at, deletedAt }: RunFacts): StoredRun {
  return structuredClone({ run, uid, createdAt, recordedAt: at, deletedAt });
}

function merged(earlier: PodEvidence, later: PodEvidence): PodEvidence {
  const logs = new Map(earlier.logs.map((log) => [`${log.container}/${log.previous}`, log]));
  for (const log of later.logs) {
    const key = `${log.container}/${log.previous}`;
    const kept = logs.get(key);
    const hasLess = log.missing !== undefined && kept !== undefined && kept.missing === undefined;
    logs.set(key, hasLess ? kept : { ...log, whole: log.whole || (kept?.whole ?? false) });
  }
  return { ...later, final: earlier.final || later.final, logs: [...logs.values()] };
}

function isBefore(a: Due, b: Due): boolean {
  if (a.runUID !== b.runUID) return false;
  return a.revision === b.revision ? Number(a.row) < Number(b.row) : a.revision < b.revision;
}

function runUIDOf({ runUID }: PodEvidence): string {
  return runUID;
}
