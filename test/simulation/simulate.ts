import { FINALIZER } from '../../src/core/naming/naming.ts';
import { OMJOB_API_VERSION } from '../../src/core/omjob/omJob.ts';
import type { RunStatus } from '../../src/core/run/run.ts';
import { type Kubelite, startKubelite } from '../../src/kubelite/kubelite.ts';
import { ApiStatusError } from '../../src/kubelite/status.ts';
import type { KubeliteLog } from '../../src/kubelite/types.ts';
import { chanceOf } from './chance.ts';
import { Database } from './database.ts';
import { type Effect, Effects } from './effects.ts';
import { EventLog } from './eventLog.ts';
import { type Fault, faultText } from './faults.ts';
import { GroundTruth } from './groundTruth.ts';
import { Judge } from './judge.ts';
import { type Nodes, startNodes } from './nodes.ts';
import { omJobSpecOf, runResource } from './omJobs.ts';
import { Operators, type Variant } from './operators.ts';
import { NAMESPACE, type Plan, type PlannedRun } from './plan.ts';
import { podScript } from './podScripts.ts';
import { preparedCluster } from './preparedCluster.ts';
import type { Violation } from './promises.ts';
import { ScheduleJudge } from './scheduleJudge.ts';
import {
  edited,
  type PlannedSchedule,
  type ScheduleEdit,
  scheduleObject,
  scheduleResource,
} from './schedules.ts';
import { type SimClock, simClock } from './simClock.ts';
import { ClusterWeather } from './weather.ts';
import { deleteRun, happen } from './worldFaults.ts';

/** What became of one plan. */
export interface Outcome {
  readonly plan: Plan;
  readonly violation: Violation | undefined;
  /** Equal for equal lives of the whole system. */
  readonly hash: string;
  /** The last of what happened, oldest first. */
  readonly tail: readonly string[];
  /** Most writes that one run took. */
  readonly mostWrites: number;
  /** How each run stood when it was last seen, by its name. */
  readonly ends: ReadonlyMap<string, RunStatus | undefined>;
  /** What went wrong in it. */
  readonly effects: ReadonlySet<Effect>;
  /** Time that passed in it. */
  readonly virtualMs: number;
}

/** Wall time at the start of every simulation. */
const START_MS = Date.UTC(2030, 0, 1);

/** Longest wait that any limit of a plan (defaults included) allows, several times over. */
const CALM_MS = 3 * 3_600_000;
/** Everything was deleted: nobody waits for a limit any more, only for the handlers of what was still running. */
const CLEAR_MS = 3 * 3_600_000;

/** What ends takes no longer than the longest time limit of a request, twice. */
const STOP_MS = 150_000;

/** Slots come so long after calm has come: two minutes, and the time that a leader needs first. */
const SLOTS_MS = 170_000;

const EVENTS_KEPT = 60;

/** Lives a plan through: chaos, then calm until everything has ended, then everything is deleted. Never rejects for what it finds. */
export async function simulate(plan: Plan, variant: Variant = {}): Promise<Outcome> {
  const clock = simClock(START_MS);
  const log = new EventLog(clock);
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  try {
    const world = await startWorld(plan, clock, log, variant);
    await live(world, rejections);
    return {
      plan,
      violation: world.judge.violation(),
      hash: log.hash(),
      tail: log.tail(EVENTS_KEPT),
      mostWrites: Math.max(0, ...[...world.judge.records.values()].map(({ writes }) => writes)),
      ends: new Map([...world.judge.records.values()].map(({ name, last }) => [name, last.status])),
      effects: world.effects.seen,
      virtualMs: clock.monotonic(),
    };
  } finally {
    process.off('unhandledRejection', onRejection);
  }
}

interface World {
  readonly plan: Plan;
  readonly clock: SimClock;
  readonly log: EventLog;
  readonly kubelite: Kubelite;
  readonly judge: Judge;
  /** Only where there are schedules. */
  readonly scheduleJudge: ScheduleJudge | undefined;
  readonly nodes: Nodes;
  readonly weather: ClusterWeather;
  readonly operators: Operators;
  readonly effects: Effects;
  readonly database: Database | undefined;
}

async function startWorld(plan: Plan, clock: SimClock, log: EventLog, variant: Variant): Promise<World> {
  const { seed } = plan;
  const kubeLog = complaintsTo(log);
  let nodes: Nodes | undefined;
  const kubelite = await startKubelite({
    logs: { openLog: async (request) => (nodes ?? notYet()).logs.openLog(request) },
    from: await preparedCluster(START_MS),
    clock,
    random: chanceOf(seed, 'kubelite').random,
    log: kubeLog,
    kubelet: 'none',
  });
  const truth = new GroundTruth(
    (life) => {
      log.add(life.node, `starts ${life.name} (${life.uid})`);
      judge.onStart(life);
    },
    (life) => log.add(life.node, `${life.name} ended with ${life.exitCode}`),
  );
  const effects = new Effects();
  const database = plan.database ? new Database(effects) : undefined;
  const judge = new Judge({
    clock,
    registry: kubelite.registry,
    truth,
    effects,
    history: database?.history,
    faults: plan.faults.length,
  });
  const scheduleJudge =
    plan.schedules.length === 0
      ? undefined
      : new ScheduleJudge({
          clock,
          registry: kubelite.registry,
          violate: (promise, detail) => judge.violate(promise, detail),
          isUndisturbed: plan.faults.length === 0,
          isLate: (namespace, name) => judge.isLate(namespace, name),
        });
  nodes = await startNodes({
    registry: kubelite.registry,
    clock,
    kubeLog,
    log,
    truth,
    effects,
    count: plan.nodes,
    scriptOf: (pod) => podScript(plan, pod),
  });
  const weather = new ClusterWeather(clock, log, effects);
  const operators = new Operators({
    plan,
    clock,
    log,
    kubelite,
    judge,
    weather,
    effects,
    database,
    variant,
  });
  return { plan, clock, log, kubelite, judge, scheduleJudge, nodes, weather, operators, effects, database };
}

async function live(world: World, rejections: readonly unknown[]): Promise<void> {
  const { plan, clock, judge, operators, nodes, weather, kubelite } = world;
  const isBroken = () => {
    if (rejections.length > 0) judge.violate('noRejection', String(rejections[0]));
    return judge.violation() !== undefined;
  };
  operators.start();
  for (const planned of plan.schedules) declare(world, planned);
  for (const run of plan.runs) clock.after(run.atMs, () => void submit(world, run));
  for (const fault of plan.faults) schedule(world, fault);
  await clock.run(plan.chaosMs, isBroken);
  world.log.add('simulation', 'calm');
  weather.calm();
  world.database?.calm();
  nodes.mendAll();
  world.scheduleJudge?.calm();
  if (plan.schedules.length > 0) await lastSlots(world, isBroken);
  const calmFrom = clock.monotonic();
  await clock.run(calmFrom + CALM_MS, () => isBroken() || judge.open().length === 0);
  if (!isBroken() && judge.open().length > 0) judge.violate('everyWaitEnds', judge.open().join('; '));
  await Promise.all(plan.runs.map((_, index) => deleteRun(world, index, 'Background')));
  for (const planned of plan.schedules) edit(world, planned, { kind: 'delete' });
  const left = () => [...judge.left(), ...(world.scheduleJudge?.left() ?? [])];
  const clearFrom = clock.monotonic();
  await clock.run(clearFrom + CLEAR_MS, () => isBroken() || left().length === 0);
  if (!isBroken() && left().length > 0) judge.violate('nothingLeft', left().join('; '));
  await during(clock, operators.stop());
  await during(clock, Promise.all([nodes.stop(), kubelite.stop()]));
  isBroken();
}

/** Calm slots come too; then the schedules are suspended, so that all can come to its end. */
async function lastSlots(world: World, isBroken: () => boolean): Promise<void> {
  await world.clock.run(world.clock.monotonic() + SLOTS_MS, isBroken);
  if (!isBroken()) world.scheduleJudge?.checkSlots();
  for (const planned of world.plan.schedules) edit(world, planned, { kind: 'suspend', suspend: true });
}

/** Declares a schedule when its time comes, and does to it what is planned. */
function declare(world: World, planned: PlannedSchedule): void {
  const { clock, kubelite, log } = world;
  const { registry } = kubelite;
  clock.after(planned.atMs, () => {
    log.add('kubectl', `applies ${planned.kind} ${planned.name}`);
    void registry.create(scheduleResource(registry, planned.kind), scheduleObject(planned, NAMESPACE));
  });
  for (const { atMs, edit: change } of planned.edits) clock.after(atMs, () => edit(world, planned, change));
}

function edit({ kubelite, log }: World, { kind, name }: PlannedSchedule, change: ScheduleEdit): void {
  const { registry } = kubelite;
  const resource = scheduleResource(registry, kind);
  if (registry.get(resource, NAMESPACE, name) === undefined) return;
  log.add('kubectl', `edits ${kind} ${name}: ${JSON.stringify(change)}`);
  void (change.kind === 'delete'
    ? registry.delete(resource, NAMESPACE, name, { propagationPolicy: 'Background' })
    : registry.update(resource, NAMESPACE, name, (object) => edited(object, change)));
}

/** Lets time go on until the work is done; what takes longer than any time limit of a request never ends. */
async function during(clock: SimClock, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = work.then(() => {
    isDone = true;
  });
  await clock.run(clock.monotonic() + STOP_MS, () => isDone);
  if (!isDone) throw new Error('ending the simulation: something does not stop');
  await done;
}

function schedule(world: World, fault: Fault): void {
  if (fault.on !== 'world') return;
  world.clock.after(fault.atMs, () => {
    world.log.add('world', faultText(fault));
    void happen(world, fault.fault);
  });
}

async function submit(
  { kubelite, log, clock }: World,
  { kind = 'Run', name, namespace, spec, by }: PlannedRun,
): Promise<void> {
  const runs = runResource(kubelite.registry, kind);
  const metadata = { name, namespace, finalizers: by === 'server' ? [FINALIZER.exitOwed] : [] };
  const run =
    kind === 'OMJob'
      ? { apiVersion: OMJOB_API_VERSION, kind, metadata, spec: omJobSpecOf(spec) }
      : { apiVersion: 'endwell.dev/v1', kind, metadata, spec };
  log.add(by, `submits ${name} at ${new Date(clock.now()).toISOString()}`);
  await kubelite.registry.create(runs, run).catch((error: unknown) => {
    if (!(error instanceof ApiStatusError)) throw error;
    log.add(by, `submits ${name} in vain: ${error.message}`);
  });
}

function notYet(): never {
  throw new Error('reading a log: the nodes have not started');
}

function complaintsTo(log: EventLog): KubeliteLog {
  const complain = (message: string, fields?: object) =>
    log.add('cluster', `${message} ${JSON.stringify(fields ?? {})}`);
  return { info() {}, warn: complain, error: complain };
}
