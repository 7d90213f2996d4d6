import { Counter, Gauge, type Registry } from 'prom-client';

/** Numbers that are only known when somebody asks; read at each scrape. */
export interface Gauges {
  /** Runs of the cache by phase. */
  runsByPhase(): ReadonlyMap<string, number>;
  /** Seconds since a watch last heard from the API server, by resource. */
  watchAgeSeconds(): ReadonlyMap<string, number>;
  /** Full lists that watches have made since the start, by resource. */
  watchLists(): ReadonlyMap<string, number>;
  leading(): boolean;
  /** Keys that wait for a worker. */
  queueLength(): number;
  /** Runs that hold a slot, by queue (`namespace/name`). */
  queueRunning(): ReadonlyMap<string, number>;
  /** Runs that are accepted and wait, by queue. */
  queueWaiting(): ReadonlyMap<string, number>;
  /** Age of the oldest state that waits to be stored in the history; 0: none waits. */
  historyLagSeconds(): number;
  /** Pods whose evidence waits to be stored. */
  evidenceWaiting(): number;
}

/** Registers the gauges; until `source` gives numbers they have none. */
export function registerGauges(registry: Registry, source: () => Gauges | undefined): void {
  labelled(registry, 'endwell_runs', 'Runs that exist, by phase', 'phase', () => source()?.runsByPhase());
  labelled(
    registry,
    'endwell_watch_age_seconds',
    'Since a watch last heard from the API server',
    'resource',
    () => source()?.watchAgeSeconds(),
  );
  const byQueue = (name: string, help: string, read: (gauges: Gauges) => ReadonlyMap<string, number>) =>
    labelled(registry, name, help, 'queue', () => {
      const gauges = source();
      return gauges === undefined ? undefined : read(gauges);
    });
  byQueue('endwell_queue_running', 'Runs that hold a slot of a queue', (gauges) => gauges.queueRunning());
  byQueue('endwell_queue_queued', 'Runs that wait in a queue', (gauges) => gauges.queueWaiting());
  watchLists(registry, source);
  plain(registry, 'k8s_active_jobs', 'Runs that are pending, running or exiting', () => activeRuns(source()));
  plain(registry, 'endwell_leader', '1 while this process leads', () => (source()?.leading() ? 1 : 0));
  plain(
    registry,
    'endwell_queue_length',
    'Runs that wait to be looked at',
    () => source()?.queueLength() ?? 0,
  );
  plain(
    registry,
    'endwell_history_lag_seconds',
    'Age of the oldest state of a run that waits to be stored in the history',
    () => source()?.historyLagSeconds() ?? 0,
  );
  plain(
    registry,
    'endwell_evidence_waiting',
    'Pods whose evidence waits to be stored; our deletions of them wait too',
    () => source()?.evidenceWaiting() ?? 0,
  );
}

/** Counted by the watches themselves; a scrape only reads it. */
function watchLists(registry: Registry, source: () => Gauges | undefined): void {
  const counter = new Counter({
    name: 'endwell_watch_relists_total',
    help: 'Times that a watch had to start from a full list, the first time included',
    labelNames: ['resource'],
    registers: [],
    collect() {
      this.reset();
      for (const [resource, count] of source()?.watchLists() ?? []) this.inc({ resource }, count);
    },
  });
  registry.registerMetric(counter);
}

/** A series that no longer has a value goes away, rather than keeping its last one. */
function labelled(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => ReadonlyMap<string, number> | undefined,
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset();
      for (const [value, count] of read() ?? []) this.set({ [label]: value }, count);
    },
  });
  registry.registerMetric(gauge);
}

function plain(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(read());
    },
  });
  registry.registerMetric(gauge);
}

function activeRuns(gauges: Gauges | undefined): number {
  const counts = gauges?.runsByPhase();
  return ['Pending', 'Running', 'Exiting'].reduce((sum, phase) => sum + (counts?.get(phase) ?? 0), 0);
}
