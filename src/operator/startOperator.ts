import { type EventSubject, emitEvent } from '../actions/emitEvent.ts';
import type { decide } from '../core/decide/decide.ts';
import type { EventNote } from '../core/decide/decision.ts';
import type { Run } from '../core/run/run.ts';
import type { OperatorSettings } from '../core/settings/operator.ts';
import { EventRecorder } from '../kube/events/recorder.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { OperatorMetrics } from '../telemetry/metrics.ts';
import { createQueueWatch, type QueueWatch } from './admission/queueWatch.ts';
import { type Admission, startAdmission } from './admission/startAdmission.ts';
import { type LiveReport, liveReport, type ReadyReport, readyReport } from './health.ts';
import { Memories } from './memories.ts';
import { PrunedOMJobs } from './prunedOMJobs.ts';
import { type Recorder, type RecordStores, startRecorder } from './recorder/startRecorder.ts';
import { type RunLoop, startRunLoop } from './runLoop.ts';
import { type Schedules, startSchedules } from './schedules/startSchedules.ts';
import { Surplus } from './schedules/surplus.ts';
import { startSweeper } from './sweep/startSweeper.ts';
import { type Office, takeOffice } from './takeOffice.ts';
import { Templates } from './templates.ts';
import { createWatches, type Watches } from './watches.ts';
import { describeWithheld } from './withheld.ts';

/** How often it is looked whether readiness has changed, for the log: soon while people wait for it. */
const WATCH_UNREADY_MS = 1_000;
const WATCH_READY_MS = 5_000;

/** What waits to be said when the process ends gets so long: a stop is not held up by an API server that is away. */
const EVENTS_GRACE_MS = 2_000;

/** What an operator is made of. */
export interface OperatorParts {
  readonly client: KubeClient;
  /** With a connection of its own, so that renewals never wait for other traffic; default: `client`. */
  readonly leaseClient?: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Pick<OperatorSettings, 'watchNamespace' | 'leaseSeconds' | 'pause' | 'workers'>;
  /** Where the lease is (`ownNamespace`). */
  readonly namespace: string;
  /** `<host>_<pid>_<random>` (`holderIdentity`). */
  readonly identity: string;
  /** `dead`: no other operator of this cluster can be alive; the lease that one left behind is taken at once. */
  readonly formerHolder?: 'dead';
  /** Where history and evidence go; left out: nowhere, and evidence is what the status holds. */
  readonly stores?: RecordStores | undefined;
  /** What to do next with a run; default: the rules of `core`. */
  readonly decide?: typeof decide;
  readonly log: Logger;
  readonly metrics: OperatorMetrics;
}

/** An operator at work. */
export interface Operator {
  /** Gives up what it is doing, gives the lease back, closes its watches. The clients stay open. */
  stop(): Promise<void>;
  ready(): ReadyReport;
  live(): LiveReport;
}

/** Starts to look after runs, at once or as soon as the cluster can be reached. Never throws for want of the cluster. */
export function startOperator(parts: OperatorParts): Operator {
  const { client, clock, random, settings, log, metrics } = parts;
  const memories = new Memories();
  const mode = settings.pause ? 'observe' : 'act';
  const eventRecorder = new EventRecorder({
    client,
    clock,
    random,
    component: 'endwell-operator',
    instance: parts.identity,
    onError: (error) => log.warn('an Event could not be written', { error }),
  });
  let loop: RunLoop | undefined;
  let admission: Admission | undefined;
  let office: Office | undefined;
  let recorder: Recorder | undefined;
  let schedules: Schedules | undefined;
  const watches = createWatches(
    { client, clock, random, watchNamespaces: settings.watchNamespace },
    {
      onRun: (key) => loop?.add(key),
      onPodGone: (key, pod) => memories.podGone(key, pod),
      onRunChange(change) {
        admission?.onRun(change);
        recorder?.onRun(change);
        schedules?.onChild(change);
      },
      onPodChange: (change) => recorder?.onPod(change),
      onDefect: (error) => log.error('a listener of a watch failed', { error }),
    },
  );
  const templates = new Templates({ client, clock, mode });
  const records = startRecorder({
    client,
    clock,
    random,
    log,
    metrics,
    watches,
    templates,
    watchNamespaces: settings.watchNamespace,
    stores: parts.stores,
    onRun: (key) => loop?.add(key),
  });
  recorder = records;
  const mayAct = () => mode === 'observe' || office?.isLeader() === true;
  const queues = createQueueWatch({
    client,
    clock,
    random,
    watchNamespaces: settings.watchNamespace,
    operatorNamespace: parts.namespace,
    onChange: () => admission?.onQueues(),
    onDefect: (error) => log.error('a listener of a watch failed', { error }),
  });
  const admitting = startAdmission({
    client,
    clock,
    log,
    namespace: parts.namespace,
    identity: parts.identity,
    watchNamespaces: settings.watchNamespace,
    mode,
    mayAct,
    watches,
    queues,
    add: (key) => loop?.add(key),
  });
  admission = admitting;
  const emit = (about: EventSubject, note: EventNote) => emitEvent(eventRecorder, about, note);
  const prunedOMJobs = new PrunedOMJobs({ client, clock, log, emit });
  const surplus = new Surplus();
  loop = startRunLoop({
    client,
    clock,
    random,
    log,
    metrics,
    watches,
    memories,
    mode,
    workers: settings.workers,
    templates,
    records,
    admission: admitting,
    surplus,
    ...(parts.decide === undefined ? {} : { decide: parts.decide }),
    mayAct,
    prunedOMJobs,
    emit,
  });
  const sweeper = startSweeper({
    client,
    clock,
    random,
    log,
    metrics,
    watches,
    templates,
    mayAct,
    watchNamespaces: settings.watchNamespace,
    isEvidenceStored: (podUID) => records.owesNothing(podUID),
  });
  const scheduling = startSchedules({
    client,
    clock,
    random,
    log,
    watchNamespaces: settings.watchNamespace,
    metrics,
    emit,
    mayAct: () => office?.isLeader() === true,
    hasSeenChildren: () => watches.hasSynced(),
    whenChildrenSeen: () => watches.whenSynced(),
    seesOMJobs: () => watches.withheld().length === 0,
    surplus,
    onSurplus: (key) => loop?.add(key),
  });
  schedules = scheduling;
  const ready = () =>
    reportReady({ watches, queues, schedules: scheduling, admission: admitting }, office, mode, [
      ...records.warnings(),
      ...prunedOMJobs.warnings(),
      ...describeWithheld([...watches.withheld(), ...scheduling.withheld()]),
    ]);
  const readiness = logReadiness(clock, log, ready);
  watches.start();
  queues.start();
  scheduling.start();
  if (mode === 'observe') for (const work of [loop, admitting]) work.beginTerm();
  else office = openOffice(parts, [records, admitting, loop, sweeper, scheduling]);
  metrics.observe({
    runsByPhase: () => countPhases(watches.runs()),
    watchAgeSeconds: () => watches.ageSeconds(),
    watchLists: () => watches.lists(),
    leading: () => office?.isLeader() === true,
    queueLength: () => loop.queueLength(),
    queueRunning: () => new Map([...admitting.counts()].map(([id, { running }]) => [id, running])),
    queueWaiting: () => new Map([...admitting.counts()].map(([id, { queued }]) => [id, queued])),
    historyLagSeconds: () => records.lagSeconds(),
    evidenceWaiting: () => records.evidenceWaiting(),
  });
  return {
    async stop() {
      readiness.cancel();
      await office?.stop();
      await loop.stop();
      await scheduling.stop();
      await records.stop();
      await Promise.all([watches.stop(), queues.stop(), admitting.endTerm()]);
      await eventRecorder.stop(EVENTS_GRACE_MS);
    },
    ready,
    live: () => liveReport(loop.overrunMs()),
  };
}

/** Part of the operator that works while this process leads. */
interface TermWork {
  beginTerm(): void;
  endTerm(): Promise<void>;
}

function openOffice(parts: OperatorParts, works: readonly TermWork[]): Office {
  return takeOffice({
    ...parts,
    client: parts.leaseClient ?? parts.client,
    leaseSeconds: parts.settings.leaseSeconds,
    onStarted() {
      for (const work of works) work.beginTerm();
    },
    onStopped: async () => void (await Promise.all(works.map((work) => work.endTerm()))),
  });
}

interface Seeing {
  readonly watches: Watches;
  readonly queues: QueueWatch;
  readonly schedules: Schedules;
  readonly admission: Admission;
}

function reportReady(
  { watches, queues, schedules, admission }: Seeing,
  office: Office | undefined,
  mode: 'act' | 'observe',
  warnings: readonly string[],
): ReadyReport {
  const standing = office?.isLeader() === true ? 'leader' : 'standby';
  return readyReport({
    hasSynced: watches.hasSynced() && queues.isSettled() && schedules.isSettled(),
    role: mode === 'observe' ? 'observer' : standing,
    watchProblems: [...watches.problems(), queues.problem(), schedules.problem()].filter(
      (error) => error !== undefined,
    ),
    admissionProblem: admission.problem(),
    leaseProblem: office?.problem(),
    warnings,
  });
}

/** Says once what is in the way, and once that it is mended. */
function logReadiness(clock: Clock, log: Logger, ready: () => ReadyReport): { cancel(): void } {
  let before = '';
  const look = () => {
    const { ready: isReady, problems, warnings, role } = ready();
    const now = `${isReady} ${[...problems, ...warnings].join('\n')}`;
    if (now !== before) {
      if (isReady) log.info('ready', { role, ...(warnings.length > 0 ? { warnings } : {}) });
      else log.warn('not ready', { role, problems });
    }
    before = now;
    timer = clock.after(isReady ? WATCH_READY_MS : WATCH_UNREADY_MS, look);
  };
  let timer = clock.after(WATCH_UNREADY_MS, look);
  return { cancel: () => timer.cancel() };
}

function countPhases(runs: readonly Run[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const run of runs) {
    const phase = run.status?.phase ?? 'Queued';
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  return counts;
}
