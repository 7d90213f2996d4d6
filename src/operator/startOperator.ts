import { emitEvent } from '../actions/emitEvent.ts';
import type { Run } from '../core/run/run.ts';
import type { OperatorSettings } from '../core/settings/operator.ts';
import { EventRecorder } from '../kube/events/recorder.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { OperatorMetrics } from '../telemetry/metrics.ts';
import { type LiveReport, liveReport, type ReadyReport, readyReport } from './health.ts';
import { Memories } from './memories.ts';
import { type RunLoop, startRunLoop } from './runLoop.ts';
import { type Sweeper, startSweeper } from './sweep/startSweeper.ts';
import { type Office, takeOffice } from './takeOffice.ts';
import { Templates } from './templates.ts';
import { createWatches, type Watches } from './watches.ts';

/** How often it is looked whether readiness has changed, for the log. */
const WATCH_READINESS_MS = 1_000;

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
  const recorder = new EventRecorder({
    client,
    clock,
    random,
    component: 'endwell-operator',
    instance: parts.identity,
    onError: (error) => log.warn('an Event could not be written', { error }),
  });
  let loop: RunLoop | undefined;
  let office: Office | undefined;
  const watches = createWatches(
    { client, clock, random, watchNamespaces: settings.watchNamespace },
    {
      onRun: (key) => loop?.add(key),
      onPodGone: (key, uid) => memories.podGone(key, uid),
      onDefect: (error) => log.error('a listener of a watch failed', { error }),
    },
  );
  const templates = new Templates({ client, clock, mode });
  const mayAct = () => mode === 'observe' || office?.isLeader() === true;
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
    mayAct,
    emit: (run, note) => emitEvent(recorder, run, note),
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
    isEvidenceStored: undefined,
  });
  const ready = () => reportReady(watches, office, mode);
  const readiness = logReadiness(clock, log, ready);
  watches.start();
  if (mode === 'observe') loop.beginTerm();
  else office = openOffice(parts, loop, sweeper);
  metrics.observe({
    runsByPhase: () => countPhases(watches.runs()),
    watchAgeSeconds: () => watches.ageSeconds(),
    watchLists: () => watches.lists(),
    leading: () => office?.isLeader() === true,
    queueLength: () => loop.queueLength(),
  });
  return {
    async stop() {
      readiness.cancel();
      await office?.stop();
      await loop.stop();
      await watches.stop();
      await recorder.stop(EVENTS_GRACE_MS);
    },
    ready,
    live: () => liveReport(loop.overrunMs()),
  };
}

function openOffice(parts: OperatorParts, loop: RunLoop, sweeper: Sweeper): Office {
  return takeOffice({
    ...parts,
    client: parts.leaseClient ?? parts.client,
    leaseSeconds: parts.settings.leaseSeconds,
    onStarted() {
      loop.beginTerm();
      sweeper.beginTerm();
    },
    onStopped: async () => void (await Promise.all([loop.endTerm(), sweeper.endTerm()])),
  });
}

function reportReady(watches: Watches, office: Office | undefined, mode: 'act' | 'observe'): ReadyReport {
  const standing = office?.isLeader() === true ? 'leader' : 'standby';
  return readyReport({
    hasSynced: watches.hasSynced(),
    role: mode === 'observe' ? 'observer' : standing,
    watchProblems: watches.problems(),
    leaseProblem: office?.problem(),
  });
}

/** Says once what is in the way, and once that it is mended. */
function logReadiness(clock: Clock, log: Logger, ready: () => ReadyReport): { cancel(): void } {
  let before = '';
  const look = () => {
    const { ready: isReady, problems, role } = ready();
    const now = `${isReady} ${problems.join('\n')}`;
    if (now !== before) {
      if (isReady) log.info('ready', { role });
      else log.warn('not ready', { role, problems });
    }
    before = now;
    timer = clock.after(WATCH_READINESS_MS, look);
  };
  let timer = clock.after(WATCH_READINESS_MS, look);
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
