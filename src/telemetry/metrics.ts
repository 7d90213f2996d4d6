import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SkipReason } from '../core/schedule/schedule.ts';
import { type Gauges, registerGauges } from './gauges.ts';

/** How one pass over a run ended. */
export type ReconcileResult = 'changed' | 'unchanged' | 'conflict' | 'error';

/** Seconds; from a single cached read to an API server that takes its time. */
const fastBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Seconds; from a connector check to a sync of a day. */
const runBuckets = [1, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600, 86_400];

/** Seconds; from a run that nothing holds up to one that waits as long as it may. */
const queueBuckets = [0.01, 0.1, 1, 5, 30, 60, 300, 900, 3_600, 14_400, 86_400];

/** The operator's metrics (names: INTERFACE.md §4). Every label has a closed set of values. */
export interface OperatorMetrics {
  /** A run was accepted (`success`) or refused (`failure`). */
  jobCreated(status: 'success' | 'failure'): void;
  /** A run became terminal. `reason` is a code of the catalogue. */
  jobFinished(job: { succeeded: boolean; reason: string; seconds: number }): void;
  reconciled(result: ReconcileResult, seconds: number): void;
  /** A run got its first slot so long after it was accepted. */
  queueLeft(secondsSinceAccepted: number): void;
  /** From the end of main to the answer to the create of the first exit pod. */
  exitStarted(secondsSinceMainEnded: number): void;
  /** A handler was given up. */
  exitGivenUp(): void;
  /** A run was found that only a newer version understands, and is left alone. */
  leftToNewer(): void;
  /** Something came of a slot of a schedule of that kind: `Made`, or why nothing was. */
  slotDone(kind: string, outcome: SkipReason | 'Made'): void;
  /** The sweeper did something to so many objects; `what` is kind and act, as `Pod deleted`. */
  swept(what: string, count: number): void;
  /** Objects with our label that the last round of the sweeper left alone. */
  sweepLeft(count: number): void;
  /** Something could not be written to the history, and is tried again. */
  historyFailed(): void;
  /** Something is missing in the history for good. */
  historyLost(): void;
  apiRequest(verb: string, status: number | undefined, seconds: number): void;
  /** Sets where the numbers come from that are read at each scrape. */
  observe(gauges: Gauges): void;
  /** Prometheus text, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A registry of its own: two operators in one process don't share numbers. */
export function createOperatorMetrics(): OperatorMetrics {
  const registry = new Registry();
  const jobs = jobMetrics(registry);
  const loop = loopMetrics(registry);
  const sweep = sweepMetrics(registry);
  const history = historyMetrics(registry);
  const slots = slotMetric(registry);
  let source: Gauges | undefined;
  registerGauges(registry, () => source);
  return {
    jobCreated: (status) => jobs.created.inc({ status }),
    jobFinished({ succeeded, reason, seconds }) {
      jobs.duration.observe({ status: succeeded ? 'succeeded' : 'failed' }, seconds);
      if (!succeeded) jobs.failures.inc({ reason: boundedReason(reason) });
    },
    reconciled: (result, seconds) => loop.reconcile.observe({ result }, seconds),
    queueLeft: (seconds) => loop.queueWait.observe(Math.max(0, seconds)),
    exitStarted: (seconds) => loop.exitStart.observe(Math.max(0, seconds)),
    exitGivenUp: () => loop.exitGivenUp.inc(),
    leftToNewer: () => loop.leftToNewer.inc(),
    slotDone: (kind, outcome) => slots.inc({ kind, outcome }),
    swept(what, count) {
      const [kind = '', act = ''] = what.split(' ');
      sweep.swept.inc({ kind, act }, count);
    },
    sweepLeft: (count) => sweep.left.set(count),
    historyFailed: () => history.failed.inc(),
    historyLost: () => history.lost.inc(),
    apiRequest: (verb, status, seconds) =>
      loop.requests.observe({ verb: verb.toLowerCase(), code: codeClass(status) }, seconds),
    observe(gauges) {
      source = gauges;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function historyMetrics(registry: Registry) {
  const registers = [registry];
  return {
    failed: new Counter({
      name: 'endwell_history_failures_total',
      help: 'Writes to the history or the log store that failed; each is tried again',
      registers,
    }),
    lost: new Counter({
      name: 'endwell_history_lost_total',
      help: 'Records that are missing in the history for good',
      registers,
    }),
  };
}

function jobMetrics(registry: Registry) {
  const registers = [registry];
  return {
    created: new Counter({
      name: 'k8s_job_creation_total',
      help: 'Runs that were accepted (success) or refused (failure)',
      labelNames: ['status'],
      registers,
    }),
    duration: new Histogram({
      name: 'k8s_job_duration_seconds',
      help: 'From acceptance to the end of a run, its exit handler included',
      labelNames: ['status'],
      buckets: runBuckets,
      registers,
    }),
    failures: new Counter({
      name: 'k8s_job_failures_total',
      help: 'Runs that did not succeed, by reason',
      labelNames: ['reason'],
      registers,
    }),
  };
}

function loopMetrics(registry: Registry) {
  const registers = [registry];
  return {
    reconcile: new Histogram({
      name: 'endwell_reconcile_seconds',
      help: 'One pass over a run: observe, decide, apply',
      labelNames: ['result'],
      buckets: fastBuckets,
      registers,
    }),
    requests: new Histogram({
      name: 'endwell_api_request_seconds',
      help: 'Requests to the Kubernetes API; code 0xx: no answer',
      labelNames: ['verb', 'code'],
      buckets: fastBuckets,
      registers,
    }),
    queueWait: new Histogram({
      name: 'endwell_queue_wait_seconds',
      help: 'From the acceptance of a run to its first admission',
      buckets: queueBuckets,
      registers,
    }),
    exitStart: new Histogram({
      name: 'endwell_exit_start_seconds',
      help: 'From the end of main to its exit pod being created; ends are told in whole seconds, so up to 1 s too much',
      buckets: fastBuckets,
      registers,
    }),
    leftToNewer: new Counter({
      name: 'endwell_runs_left_to_newer_total',
      help: 'Runs that a newer version wrote and that this one leaves alone',
      registers,
    }),
    exitGivenUp: new Counter({
      name: 'endwell_exit_handlers_given_up_total',
      help: 'Runs that ended without a receipt of their exit handler with exit code 0',
      registers,
    }),
  };
}

function slotMetric(registry: Registry) {
  return new Counter({
    name: 'endwell_schedule_slots_total',
    help: 'Slots of schedules by what came of them: Made, or why no run was made; those of CronOMJobs too',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
}

function sweepMetrics(registry: Registry) {
  const registers = [registry];
  return {
    swept: new Counter({
      name: 'endwell_swept_total',
      help: 'What the sweeper did to objects that nobody owns any more: marked, unmarked, released, deleted',
      labelNames: ['kind', 'act'],
      registers,
    }),
    left: new Gauge({
      name: 'endwell_sweep_left',
      help: 'Objects with a label of ours that the last round of the sweeper left alone; the log says why',
      registers,
    }),
  };
}

/** `ExitCode(17)` -> `ExitCode`: numbers that a job chooses are no label. */
function boundedReason(reason: string): string {
  return /^[A-Za-z]{1,40}/.exec(reason)?.[0] ?? 'Unknown';
}

function codeClass(status: number | undefined): string {
  return `${Math.floor((status ?? 0) / 100)}xx`;
}
