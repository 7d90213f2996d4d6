import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { ANNOTATION, FINALIZER, LABEL, mainPodName } from '../../src/core/naming/naming.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { Kubelite } from '../../src/kubelite/kubelite.ts';
import { ApiStatusError } from '../../src/kubelite/status.ts';
import type { ResourceInfo, StoredObject } from '../../src/kubelite/types.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Database } from './database.ts';
import type { Effect, Effects } from './effects.ts';
import type { WorldFault } from './faults.ts';
import type { Judge } from './judge.ts';
import type { Nodes } from './nodes.ts';
import { runResource } from './omJobs.ts';
import { DOOMED_NAMESPACE, type Plan } from './plan.ts';

/** What can be done to the operators from outside; false: it is not there. */
export interface OperatorControls {
  shiftClock(operator: number, byMs: number): boolean;
  pause(operator: number, forMs: number): boolean;
  suspend(operator: number, forMs: number): boolean;
  kill(operator: number, restartMs: number): boolean;
  /** Asks it to end, as a rollout does. */
  retire(operator: number, restartMs: number): Promise<boolean>;
}

/** What is wrong with the cluster at the moment. */
export interface Weather {
  deny(why: 'quota' | 'webhook' | 'webhookDown', forMs: number): void;
  slow(byMs: number, forMs: number): void;
  tooMany(percent: number, retryAfterS: number, forMs: number): void;
  /** `atEnd` is called when it is over, if calm has not come before. */
  down(forMs: number, atEnd: () => void): void;
  stall(forMs: number): void;
  cutWatches(everyMs: number, forMs: number): void;
}

export interface WorldParts {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly kubelite: Kubelite;
  readonly nodes: Nodes;
  readonly judge: Judge;
  readonly operators: OperatorControls;
  readonly weather: Weather;
  readonly database: Database | undefined;
  readonly effects: Effects;
}

/** Lets one thing happen to the cluster. What it needs may not be there: then nothing happens. */
export async function happen(parts: WorldParts, fault: WorldFault): Promise<void> {
  const effect = EFFECT_OF[fault.kind];
  if ((await strike(parts, fault)) && effect !== undefined) parts.effects.add(effect);
}

/** Where the fault alone says what happened. */
const EFFECT_OF: Readonly<Partial<Record<WorldFault['kind'], Effect>>> = {
  cancel: 'run cancelled',
  deleteRun: 'run deleted',
  deleteNamespace: 'namespace deleted',
  partition: 'node cut off',
  destroyNode: 'node destroyed',
  compact: 'past of watches forgotten',
  shiftClock: 'clock jumped',
  pauseOperator: 'operator stopped',
  suspendOperator: 'operator suspended',
  killOperator: 'operator killed',
  retireOperator: 'operator retired',
  squat: 'pod name taken',
  deleteTemplate: 'template deleted',
};

/** Whether there was anything to strike. */
async function strike(parts: WorldParts, fault: WorldFault): Promise<boolean> {
  const { nodes, operators, weather, kubelite, database, clock } = parts;
  switch (fault.kind) {
    case 'deletePod':
      return disturb(parts, fault);
    case 'cancel':
      return onRun(parts, fault.run, cancelled);
    case 'deleteRun':
      return deleteRun(parts, fault.run, fault.cascade);
    case 'deleteNamespace':
      parts.judge.doomed.add(DOOMED_NAMESPACE);
      return isDone(kubelite.registry.delete(resource(parts, '', 'namespaces'), undefined, DOOMED_NAMESPACE));
    case 'partition':
      return nodes.partition(fault.node, fault.forMs);
    case 'destroyNode':
      return nodes.destroy(fault.node);
    case 'compact':
      kubelite.compact();
      return true;
    case 'deny':
      weather.deny(fault.why, fault.forMs);
      return true;
    case 'slowApi':
      weather.slow(fault.byMs, fault.forMs);
      return true;
    case 'shiftClock':
      return operators.shiftClock(fault.operator, fault.byMs);
    case 'pauseOperator':
      return operators.pause(fault.operator, fault.forMs);
    case 'suspendOperator':
      return operators.suspend(fault.operator, fault.forMs);
    case 'killOperator':
      return operators.kill(fault.operator, fault.restartMs);
    case 'retireOperator':
      return operators.retire(fault.operator, fault.restartMs);
    case 'squat':
      return squat(parts, fault.run, fault.forMs);
    case 'deleteTemplate':
      return deleteTemplate(parts, fault.run);
    case 'databaseDown':
      database?.down(fault.how, clock.monotonic() + fault.forMs);
      return true;
    case 'databaseSlow':
      database?.slow(fault.byMs, clock.monotonic() + fault.forMs);
      return true;
    case 'apiDown':
      return apiDown(parts, fault);
    case 'apiStalled':
      weather.stall(fault.forMs);
      return true;
    case 'tooMany':
      weather.tooMany(fault.percent, fault.retryAfterS, fault.forMs);
      return true;
    case 'cutWatches':
      weather.cutWatches(fault.everyMs, fault.forMs);
      return true;
    default:
      return fault satisfies never;
  }
}

/** What was forgotten meanwhile is not there when the first watches go on. */
function apiDown(
  { nodes, weather, kubelite, effects }: WorldParts,
  { forMs, compacts }: WorldFault & { kind: 'apiDown' },
): true {
  nodes.unreachable(forMs);
  weather.down(forMs, () => {
    if (!compacts) return;
    kubelite.compact();
    effects.add('past forgotten while the API was down');
  });
  return true;
}

/** Deletes a run, as a user does. */
export async function deleteRun(
  parts: Pick<WorldParts, 'plan' | 'kubelite'>,
  index: number,
  propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
): Promise<boolean> {
  const planned = parts.plan.runs[index];
  if (planned === undefined) return false;
  const runs = runResource(parts.kubelite.registry, planned.kind);
  return isDone(parts.kubelite.registry.delete(runs, planned.namespace, planned.name, { propagationPolicy }));
}

/** The pod of the newest attempt. */
function podOf(parts: WorldParts, index: number, stage: string): Pod | undefined {
  const planned = parts.plan.runs[index];
  const mine = parts.judge
    .pods()
    .filter(
      ({ metadata }) =>
        metadata?.namespace === planned?.namespace &&
        metadata?.labels?.[LABEL.run] === planned?.name &&
        metadata?.labels?.[LABEL.stage] === stage,
    );
  return mine.at(-1);
}

async function disturb(parts: WorldParts, fault: WorldFault & { kind: 'deletePod' }): Promise<boolean> {
  const pod = podOf(parts, fault.run, fault.pod);
  if (pod?.metadata === undefined) return false;
  const { registry } = parts.kubelite;
  const pods = resource(parts, '', 'pods');
  const { namespace, name = '', uid = '' } = pod.metadata;
  if (fault.how === 'unheld') {
    parts.judge.unheld.add(uid);
    await isDone(registry.update(pods, namespace, name, withoutFinalizer));
  }
  if (fault.how === 'evict') {
    await isDone(registry.update(pods, namespace, name, disrupted, { subresource: 'status' }));
  }
  const isForced = fault.how === 'force' || fault.how === 'unheld';
  parts.effects.add(DISTURBANCES[fault.how]);
  return isDone(
    registry.delete(pods, namespace, name, {
      preconditions: { uid },
      ...(isForced ? { gracePeriodSeconds: 0 } : {}),
    }),
  );
}

const DISTURBANCES = {
  graceful: 'pod deleted',
  force: 'pod deleted by force',
  unheld: 'pod deleted without its finalizer',
  evict: 'pod evicted through the API',
} as const;

function withoutFinalizer(object: StoredObject): StoredObject {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== FINALIZER.outcome);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function disrupted(object: StoredObject): StoredObject {
  const status = (object as Pod).status ?? {};
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  return { ...object, status: { ...status, conditions: [...(status.conditions ?? []), condition] } };
}

/** Takes the name of a run's next main pod, and gives it back. */
async function squat(parts: WorldParts, index: number, forMs: number): Promise<boolean> {
  const planned = parts.plan.runs[index];
  if (planned === undefined) return false;
  const { registry } = parts.kubelite;
  const pods = resource(parts, '', 'pods');
  const { namespace } = planned;
  const name = mainPodName({ kind: planned.kind ?? 'Run', metadata: { name: planned.name } }, 1);
  const containers = [{ name: 'main', image: 'squatter', command: ['true'] }];
  const pod = { metadata: { name, namespace }, spec: { containers, nodeSelector: { nowhere: 'true' } } };
  const work = registry.create(pods, pod).then((made) => {
    const preconditions = { uid: made.metadata.uid };
    parts.clock.after(forMs, () => void isDone(registry.delete(pods, namespace, name, { preconditions })));
  });
  return isDone(work);
}

async function onRun(
  parts: WorldParts,
  index: number,
  change: (run: StoredObject) => StoredObject | undefined,
): Promise<boolean> {
  const planned = parts.plan.runs[index];
  if (planned === undefined) return false;
  const runs = runResource(parts.kubelite.registry, planned.kind);
  return isDone(parts.kubelite.registry.update(runs, planned.namespace, planned.name, change));
}

/** The spec of an OMJob has no field for it. */
function cancelled(object: StoredObject): StoredObject | undefined {
  const { metadata } = object;
  if (object.kind === 'OMJob') {
    const annotations = { ...metadata.annotations, [ANNOTATION.cancelledBy]: 'ann' };
    return { ...object, metadata: { ...metadata, annotations } };
  }
  const run = object as unknown as Run;
  if (run.spec.cancel) return undefined;
  return { ...run, spec: { ...run.spec, cancel: { by: 'ann' } } } as unknown as StoredObject;
}

async function deleteTemplate(parts: WorldParts, index: number): Promise<boolean> {
  const planned = parts.plan.runs[index];
  const run = parts.judge
    .runs()
    .find(({ metadata }) => metadata.name === planned?.name && metadata.namespace === planned?.namespace);
  const name = run?.status?.template;
  if (name === undefined) return false;
  const revisions = resource(parts, 'apps', 'controllerrevisions');
  return isDone(parts.kubelite.registry.delete(revisions, planned?.namespace, name));
}

function resource(parts: Pick<WorldParts, 'kubelite'>, group: string, plural: string): ResourceInfo {
  const found = parts.kubelite.registry.resource(group, plural);
  if (found === undefined) throw new Error(`disturbing the cluster: it does not serve ${plural}`);
  return found;
}

/** What is not there can't be disturbed: false. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof ApiStatusError)) throw error;
      return false;
    },
  );
}
