import type { EventSubject } from '../../actions/emitEvent.ts';
import type { EventNote } from '../../core/decide/decision.ts';
import { runKeyOf } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import { boundedMessage } from '../../core/run/status.ts';
import { type SlotOutcome, slotText } from '../../core/schedule/record.ts';
import type { Child } from '../../core/schedule/view.ts';
import type { KubeError } from '../../kube/errors.ts';
import { type ReconcileReport, runController } from '../../kube/queue/controller.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { createOptionalInformer } from '../../kube/watch/optionalInformer.ts';
import { type Change, objectKey } from '../../kube/watch/store.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { OperatorMetrics } from '../../telemetry/metrics.ts';
import { type Withheld, withheldBy } from '../withheld.ts';
import { Children } from './children.ts';
import { reconcileSchedule, type ScheduleLook, type ScheduleParts } from './reconcileSchedule.ts';
import type { ScheduleKind } from './scheduleKind.ts';
import type { Surplus } from './surplus.ts';

/** A reconcile makes a request or two, and a few more where slots are made up: each has a time limit of its own. */
const RECONCILE_TIMEOUT_MS = 120_000;

/** Schedules wait for nothing but the API server: so many at once make thousands in seconds, and leave it room. */
const WORKERS = 32;

/** Who may not see what a schedule made makes nothing, and looks whether the right is there after so long. */
const BLIND_AGAIN_MS = 30_000;

/** The loop over all schedules of one kind. It acts in terms, as the loop over runs. */
export interface ScheduleLoop {
  start(): void;
  stop(): Promise<void>;
  beginTerm(): void;
  /** Resolves when nothing is being written any more. */
  endTerm(): Promise<void>;
  /** Something that a schedule may have made has changed. */
  onChild(change: Change<Run>): void;
  /** True once all schedules have been seen, or the API server said that it does not know the kind, or that we may not look. */
  isSettled(): boolean;
  /** Why schedules can't be seen; undefined when they can. */
  problem(): KubeError | undefined;
  /** Kinds of schedules that may not be seen. */
  withheld(): readonly Withheld[];
}

/** What the loop is made of. */
export interface ScheduleLoopParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly metrics: Pick<OperatorMetrics, 'slotDone'>;
  readonly emit: (about: EventSubject, note: EventNote) => void;
  readonly mayAct: () => boolean;
  readonly surplus: Surplus;
  /** Hears the key of a run that is more than its schedule keeps. */
  readonly onSurplus: (key: string) => void;
  /** True once all that schedules made has been seen, and as long as it may be. */
  readonly hasSeenChildren: () => boolean;
  readonly whenChildrenSeen: () => Promise<boolean>;
}

/** Watches schedules of one kind and makes what is due. */
export function startScheduleLoop<T extends KubeObject>(
  parts: ScheduleLoopParts,
  kind: ScheduleKind<T>,
): ScheduleLoop {
  const { client, clock, random, log, watchNamespaces } = parts;
  const children = new Children(kind.resource);
  const written: ScheduleParts<T>['written'] = new Map();
  const rules: ScheduleParts<T>['rules'] = new Map();
  let termBegan: number | undefined;
  const running = new Set<Promise<unknown>>();
  const looks = new Map<string, ScheduleLook>();
  const scopes = watchNamespaces.length === 0 ? [{}] : watchNamespaces.map((namespace) => ({ namespace }));
  const watches = scopes.map((scope) =>
    createOptionalInformer<T>({
      client,
      resource: kind.resource,
      scope,
      clock,
      random,
      onHandlerError: (error) => log.error('a listener of a watch failed', { error }),
    }),
  );
  const informers = watches.map(({ informer }) => informer);
  const cached = (key: string) =>
    informers.map(({ store }) => store.getByKey(key)).find((object) => object !== undefined);
  const reconcileParts: ScheduleParts<T> = {
    kind,
    client,
    children,
    cached,
    written,
    rules,
    onEnded: (object, tooMany) => letGo(parts, kind, object, tooMany),
    onSlots: (object, outcomes) => tellSlots(parts, kind.resource, object, outcomes),
    mayAct: () => termBegan !== undefined && parts.mayAct(),
    termBegan: () => termBegan ?? Number.POSITIVE_INFINITY,
  };
  const controller = runController({
    clock,
    random,
    now: () => client.serverNow(),
    concurrency: WORKERS,
    timeoutMs: RECONCILE_TIMEOUT_MS,
    async reconcile(key, signal) {
      if (termBegan === undefined) return {};
      if (!parts.hasSeenChildren()) return { wakeAtMs: client.serverNow() + BLIND_AGAIN_MS };
      const look: ScheduleLook = { outcomes: [] };
      looks.set(key, look);
      const work = reconcileSchedule(reconcileParts, key, look, { signal });
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    onReport(report) {
      const look = looks.get(report.key);
      looks.delete(report.key);
      const isOverruled = report.outcome === 'failed' && termBegan === undefined;
      if (!isOverruled) logReport(log, kind.resource.kind, report, look);
    },
  });
  const add = (key: string) => {
    if (termBegan !== undefined) controller.add(key);
  };
  const addAll = () => {
    for (const object of informers.flatMap(({ store }) => store.list()))
      add(objectKey(object.metadata ?? {}));
  };
  void parts.whenChildrenSeen().then((isSeen) => isSeen && addAll());
  for (const informer of informers) {
    informer.onChange((change) => {
      if (change.kind === 'deleted') {
        children.drop(change.object.metadata?.uid ?? '');
        parts.surplus.note(change.object.metadata?.uid ?? '', []);
        rules.delete(change.object.metadata?.uid ?? '');
        written.delete(change.key);
        controller.forget(change.key);
      } else add(change.key);
    });
  }
  return {
    start: () => informers.forEach((informer) => informer.start()),
    async stop() {
      await controller.stop();
      await Promise.all(informers.map((informer) => informer.stop()));
    },
    beginTerm() {
      termBegan = client.serverNow();
      written.clear();
      children.beginTerm();
      addAll();
    },
    async endTerm() {
      termBegan = undefined;
      controller.giveUp(new Error('this process leads no more'));
      await Promise.allSettled(running);
    },
    onChild(change) {
      const key = children.onChange(change);
      if (key !== undefined) add(key);
    },
    isSettled: () => watches.every((watch) => watch.isSettled()),
    problem: () => watches.map((watch) => watch.problem()).find((error) => error !== undefined),
    withheld: () => withheldBy(kind.resource.kind, watches),
  };
}

/** What has ended and is more than a schedule keeps is for the loop over runs. */
function letGo<T extends KubeObject>(
  { surplus, onSurplus }: Pick<ScheduleLoopParts, 'surplus' | 'onSurplus'>,
  { makes }: Pick<ScheduleKind<T>, 'makes'>,
  { metadata: { uid = '', namespace = '' } = {} }: T,
  tooMany: readonly Child[],
): void {
  const added = surplus.note(
    uid,
    tooMany.map((child) => child.uid),
  );
  for (const child of tooMany) {
    if (added.includes(child.uid)) onSurplus(runKeyOf({ kind: makes, namespace, name: child.name }));
  }
}

/** A run that was made tells of itself; that none was, only the schedule can. */
function tellSlots(
  { metrics, emit }: Pick<ScheduleLoopParts, 'metrics' | 'emit'>,
  { group, version, kind }: Pick<Resource<KubeObject>, 'group' | 'version' | 'kind'>,
  { metadata = {} }: KubeObject,
  outcomes: readonly SlotOutcome[],
): void {
  for (const outcome of outcomes) {
    metrics.slotDone(kind, outcome.kind === 'made' ? 'Made' : outcome.reason);
    if (outcome.kind === 'made') continue;
    const { slot, reason } = outcome;
    const message = boundedMessage(`slot ${slotText(slot.at)}: ${outcome.message}`);
    const type = reason === 'Overlap' ? 'Normal' : 'Warning';
    emit({ apiVersion: `${group}/${version}`, kind, metadata }, { type, reason, message });
  }
}

/** One wide event for each reconcile: at info where something came of it. */
function logReport(log: Logger, kind: string, report: ReconcileReport, look: ScheduleLook | undefined): void {
  const { key, outcome, durationMs, waitedMs, failures, error } = report;
  const slots = look?.outcomes.map(({ slot, ...rest }) => ({
    ...rest,
    slot: new Date(slot.at).toISOString(),
  }));
  const event = {
    kind,
    schedule: key,
    outcome,
    durationMs,
    waitedMs,
    failures,
    slots,
  };
  if (outcome !== 'done') log.warn('reconciled a schedule', { ...event, error });
  else if ((look?.outcomes.length ?? 0) > 0) log.info('reconciled a schedule', event);
  else log.debug('reconciled a schedule', event);
}
