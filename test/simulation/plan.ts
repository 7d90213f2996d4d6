import type { Limits, Run, RunSpec } from '../../src/core/run/run.ts';
import type { PodScript } from '../../src/kubelite/kubelet/scripted/podScript.ts';
import { type Chance, chanceOf } from './chance.ts';
import type { Fault, RequestFault, StreamFault, WorldFault } from './faults.ts';
import { asOMJob } from './omJobs.ts';
import { blindPause, MINUTE_MS, type PlannedSchedule, plannedSchedules } from './schedules.ts';
import { SLOT_STEPS, STEPS } from './steps.ts';

/** One run of a simulation, and when somebody asks for it. */
export interface PlannedRun {
  /** Left out: Run. */
  readonly kind?: Run['kind'];
  readonly name: string;
  readonly namespace: string;
  readonly atMs: number;
  readonly spec: RunSpec;
  /** kubectl makes runs without our finalizer, server and schedules with it. */
  readonly by: 'server' | 'kubectl';
  /** What its pods do; left out: chance decides. */
  readonly scripts?: { readonly main?: PodScript; readonly exit?: PodScript };
}

/** What the API server of a seed can do. */
export interface ApiServer {
  /** Whether a watch may begin with what there is; as it comes, Kubernetes can only since 1.32. */
  readonly watchLists: boolean;
  /** Most objects in one page of a list: few, so that lists have pages. */
  readonly page: number;
}

/** All that a seed decides before anything happens. What pods do is decided by seed, run and attempt (`podScripts.ts`). */
export interface Plan {
  readonly seed: number;
  readonly operators: number;
  readonly leaseSeconds: number;
  readonly nodes: number;
  readonly api: ApiServer;
  /** Whether the operators have a database for history and evidence. */
  readonly database: boolean;
  /** Things go wrong until then; afterwards everything is mended and must come to its end. */
  readonly chaosMs: number;
  readonly runs: readonly PlannedRun[];
  /** Most seeds have none. */
  readonly schedules: readonly PlannedSchedule[];
  readonly faults: readonly Fault[];
}

/** How big a simulation is: `small` has 3 to 6 runs, `big` 20 to 50. */
export type Size = 'small' | 'big';

export const NAMESPACE = 'jobs';
/** A queue of that namespace, which lets so many runs at once. */
export const NARROW_QUEUE = 'narrow';
export const NARROW_LIMIT = 2;
/** The namespace that a fault may delete, with what is in it. */
export const DOOMED_NAMESPACE = 'doomed';

/** Long enough for a leader to be moved and to come back among runs that wait. */
const CROWDED_MS = 60_000;
/** An outage that outlives every lease and every wait for an answer. */
const OUTAGE_MS = 300_000;

/** Chaos lasts so many minutes longer where there are schedules, for a slot comes once a minute at most. */
const SLOTS_IN_CHAOS = 2;

/** The plan of a seed. */
export function planOf(seed: number, size: Size): Plan {
  const chance = chanceOf(seed, 'plan');
  const shortMs = chance.int(10, 60) * 1000;
  const operators = chance.int(2, 3);
  const count = size === 'small' ? chance.int(3, 6) : chance.int(20, 50);
  const isCrowded = chance.is(0.1);
  const scheduling = chanceOf(seed, 'schedules');
  const schedules = isCrowded ? [] : plannedSchedules(scheduling);
  const calmMs = schedules.length > 0 ? shortMs + SLOTS_IN_CHAOS * MINUTE_MS : shortMs;
  const chaosMs = isCrowded ? CROWDED_MS : calmMs;
  const leaseSeconds = chance.pick([9, 15, 30]);
  const planned = Array.from({ length: count }, (_, index) => plannedRun(chance, index, chaosMs));
  const runs = isCrowded
    ? planned.map((run, index) => crowding(chance, run, index))
    : withOMJobs(chanceOf(seed, 'omjobs'), planned);
  const database = chance.is(0.5);
  const extent = { operators, runs: count, chaosMs, database, leaseSeconds, isCrowded };
  const faults = faultsOf(chanceOf(seed, 'faults'), extent);
  const outage = longOutage(chanceOf(seed, 'outage'), extent);
  return {
    seed,
    operators,
    leaseSeconds,
    nodes: 2,
    api: apiServer(chanceOf(seed, 'api')),
    database,
    chaosMs: outage.length > 0 ? chaosMs + OUTAGE_MS : chaosMs,
    runs,
    schedules,
    faults: [...faults, ...outage, ...slotFaults(scheduling, schedules, operators)],
  };
}

/** In some seeds half of the runs are OMJobs; the others live as if there were none. */
function withOMJobs(chance: Chance, runs: readonly PlannedRun[]): readonly PlannedRun[] {
  if (!chance.is(0.3)) return runs;
  return runs.map((run) => (chance.is(0.5) ? asOMJob(run) : run));
}

function apiServer(chance: Chance): ApiServer {
  return { watchLists: chance.is(0.7), page: chance.pick([2, 500]) };
}

/** Nobody reaches the API for minutes, which may then have forgotten all that anybody knows. */
function longOutage(chance: Chance, { chaosMs }: Extent): Fault[] {
  if (!chance.is(0.03)) return [];
  const fault = { kind: 'apiDown', forMs: OUTAGE_MS, compacts: chance.is(0.5) } as const;
  return [{ on: 'world', atMs: chance.int(0, chaosMs), fault }];
}

function plannedRun(chance: Chance, index: number, chaosMs: number): PlannedRun {
  const namespace = chance.is(0.15) ? DOOMED_NAMESPACE : NAMESPACE;
  return {
    name: `r${index}`,
    namespace,
    atMs: chance.int(0, chaosMs / 2),
    spec: specOf(chance, namespace),
    by: chance.is(0.3) ? 'kubectl' : 'server',
  };
}

/**
 * All want the same few slots: two have them, a third waits, and who comes later goes before it. A slot is given back while
 * the others are still at work, so that whoever decides on an old picture lets one in too many.
 */
function crowding(chance: Chance, run: PlannedRun, index: number): PlannedRun {
  const { dedupe: _, retry: __, limits: ___, ...spec } = run.spec;
  const [fromMs, toMs] =
    index < NARROW_LIMIT ? [0, 500] : index === NARROW_LIMIT ? [1_000, 3_000] : [12_000, 25_000];
  const runMs = index === 0 ? chance.int(8_000, 15_000) : chance.int(50_000, 90_000);
  return {
    ...run,
    namespace: NAMESPACE,
    atMs: chance.int(fromMs, toMs),
    spec: { ...spec, queue: NARROW_QUEUE, priority: index },
    scripts: { main: { containers: { main: { runMs } } } },
  };
}

function specOf(chance: Chance, namespace: string): RunSpec {
  return {
    ...(chance.is(0.3) && namespace === NAMESPACE ? { queue: NARROW_QUEUE } : {}),
    ...(chance.is(0.3) ? { dedupe: dedupeOf(chance) } : {}),
    ...(chance.is(0.3) ? { retry: retryOf(chance) } : {}),
    ...(chance.is(0.1) ? { ttlSeconds: { succeeded: chance.int(0, 30), failed: chance.int(0, 30) } } : {}),
    ...(chance.is(0.1) ? { logs: 'Follow' as const } : {}),
    ...(chance.is(0.1) ? { keepPodSeconds: { succeeded: chance.int(0, 9), failed: chance.int(0, 9) } } : {}),
    main: podOf('work', chance),
    ...(chance.is(0.75) ? { exitHandler: podOf('report', chance) } : {}),
    limits: limitsOf(chance),
    exitRetry: { maxAttempts: chance.int(1, 3), backoffSeconds: chance.int(0, 10) },
  };
}

function dedupeOf(chance: Chance): NonNullable<RunSpec['dedupe']> {
  return {
    key: chance.pick(['one', 'two']),
    whenActive: chance.pick(['Queue', 'Queue', 'Join', 'Reject', 'Replace', 'Allow'] as const),
  };
}

function retryOf(chance: Chance): NonNullable<RunSpec['retry']> {
  return {
    maxAttempts: chance.int(2, 4),
    backoffSeconds: chance.int(1, 10),
    rules: [
      { reasons: chance.pick([['ExitCode'], ['ExitCode', 'OutOfMemory', 'PodDeleted']]), action: 'Retry' },
    ],
  };
}

function podOf(image: string, chance: Chance): RunSpec['main'] {
  return {
    spec: {
      containers: [{ name: 'main', image, command: ['true'] }],
      terminationGracePeriodSeconds: chance.pick([0, 2, 10, 30]),
    },
  };
}

/** Short, so that a limit is met in a life that a simulation can afford; a few runs have the defaults. */
function limitsOf(chance: Chance): Limits {
  if (chance.is(0.02)) return {};
  return {
    startSeconds: chance.int(15, 60),
    exitSeconds: chance.int(10, 30),
    nodeLostSeconds: chance.int(15, 60),
    ...(chance.is(0.5) ? { runSeconds: chance.int(5, 30) } : {}),
    ...(chance.is(0.2) ? { totalSeconds: chance.int(10, 120) } : {}),
  };
}

interface Extent {
  readonly operators: number;
  readonly runs: number;
  readonly chaosMs: number;
  readonly database: boolean;
  readonly leaseSeconds: number;
  readonly isCrowded: boolean;
}

/** From none to a dozen: few faults find what a storm of them hides. */
function faultsOf(chance: Chance, extent: Extent): Fault[] {
  const faults: Fault[] = [];
  const many = chance.pick([0, 1, 2, 4, 8, 12]) * (extent.runs > 10 ? 4 : 1);
  for (let index = 0; index < many; index += 1) faults.push(aFault(chance, extent));
  if (chance.is(0.2)) faults.push(...staleSuccessor(chance, extent));
  if (chance.is(0.5)) faults.push(aStepFault(chance, extent));
  if (chance.is(0.3)) faults.push(aStepFault(chance, extent));
  if (extent.isCrowded) faults.push(...movedLeaders(chance, extent));
  return faults;
}

/** An operator that is behind in its picture of pods becomes the leader, and cannot ask at once: none of it alone does harm. */
function staleSuccessor(chance: Chance, { operators, chaosMs }: Extent): Fault[] {
  const heir = chance.int(0, operators - 1);
  const atMs = chance.int(chaosMs / 4, chaosMs / 2);
  const event = chance.int(0, 12);
  const stream: StreamFault = chance.is(0.5)
    ? { kind: 'silence', event }
    : { kind: 'delay', event, ms: chance.int(10_000, 60_000) };
  const others = Array.from({ length: operators }, (_, index) => index).filter((index) => index !== heir);
  const reads = Array.from({ length: chance.int(0, 8) }, () => chance.int(0, 14));
  const fresh = chance.is(0.7) ? Array.from({ length: chance.int(1, 6) }, (_, nth) => nth) : [];
  return [
    { on: 'stream', operator: heir, nth: WATCH_OF_PODS, fault: stream },
    ...others.map((operator): Fault => {
      const restartMs = chance.int(30_000, 60_000);
      return {
        on: 'world',
        atMs,
        fault: { kind: chance.is(0.2) ? 'killOperator' : 'retireOperator', operator, restartMs },
      };
    }),
    ...reads.map((nth): Fault => {
      return { on: 'request', operator: heir, of: 'read', nth, fault: requestFault(chance, 'refusal') };
    }),
    ...fresh.map((nth): Fault => {
      return { on: 'request', operator: heir, of: 'fresh', nth, fault: requestFault(chance, 'refusal') };
    }),
    ...(chance.is(0.5) ? [{ on: 'world', atMs: chaosMs - 1, fault: { kind: 'compact' } } as const] : []),
  ];
}

/**
 * Machines are moved: each operator stands still for longer than its lease just when it stores a batch, clocks and all, and
 * goes on as if it still led. Meanwhile another admits runs, and others than it would have.
 */
function movedLeaders(chance: Chance, { operators, leaseSeconds }: Extent): Fault[] {
  return Array.from({ length: operators }, (_, operator): Fault => {
    const ms = leaseSeconds * 1000 + chance.int(1_000, 10_000);
    const fault = { kind: 'suspend', applied: chance.is(0.2), ms } as const;
    return { on: 'request', operator, of: 'batch', nth: chance.int(0, 3), fault };
  });
}

/** In most of the seeds with schedules an operator dies, or stands still, just before or after a write of a slot. */
function slotFaults(chance: Chance, schedules: readonly PlannedSchedule[], operators: number): Fault[] {
  if (schedules.length === 0) return [];
  const blind = blindPause(chance, schedules, operators);
  if (chance.is(0.2)) return blind;
  const fault: RequestFault = chance.is(0.7)
    ? crash(chance)
    : {
        kind: chance.pick(['pause', 'suspend'] as const),
        applied: chance.is(0.3),
        ms: chance.int(5_000, 60_000),
      };
  const step = chance.pick(SLOT_STEPS);
  // Each schedule writes a record when it is first seen; of its slots few come before the calm.
  const nth = step === 'slot record' ? chance.int(0, 2) : 0;
  return [...blind, { on: 'step', step, nth, fault }];
}

/** Mostly a crash just before or after a write of a run's life: of the runs of a seed any may meet it. */
function aStepFault(chance: Chance, extent: Extent): Fault {
  const step = chance.pick(STEPS);
  const nth = chance.int(0, Math.floor(extent.runs / 2));
  const fault = chance.is(0.8) ? crash(chance) : requestFault(chance);
  return { on: 'step', step, nth, fault };
}

function crash(chance: Chance): RequestFault {
  return { kind: 'crash', applied: chance.is(0.5), restartMs: chance.int(500, 40_000) };
}

/** Of the watches that an operator opens, the how-manieth is that of pods. */
const WATCH_OF_PODS = 1;

function aFault(chance: Chance, extent: Extent): Fault {
  const operator = chance.int(0, extent.operators - 1);
  const kind = chance.pick(['request', 'request', 'stream', 'world', 'world', 'world'] as const);
  switch (kind) {
    case 'request': {
      const of = chance.pick([
        'write',
        'write',
        'write',
        'write',
        'read',
        'fresh',
        'batch',
        'lease',
        'page',
      ] as const);
      if (of === 'page') return { on: 'request', operator, of, nth: chance.int(0, 5), fault: FORGOTTEN };
      const most = of === 'write' ? 12 * extent.runs : 20;
      const nth = chance.int(0, of === 'fresh' || of === 'batch' ? 5 : most);
      return { on: 'request', operator, of, nth, fault: requestFault(chance) };
    }
    case 'stream':
      return { on: 'stream', operator, nth: chance.int(0, 7), fault: streamFault(chance) };
    case 'world':
      return { on: 'world', atMs: chance.int(0, extent.chaosMs), fault: worldFault(chance, extent) };
    default:
      return kind satisfies never;
  }
}

/** The version that the pages of a list began with is no longer there. */
const FORGOTTEN: RequestFault = { kind: 'refuse', status: 410, applied: false };

function requestFault(chance: Chance, sort: 'any' | 'refusal' = 'any'): RequestFault {
  const applied = chance.is(0.5);
  switch (sort === 'any' ? chance.int(0, 7) : chance.int(0, 3)) {
    case 0:
      return { kind: 'refuse', status: chance.pick([409, 410, 422, 429, 500, 503] as const), applied: false };
    case 1:
      return { kind: 'refuse', status: chance.pick([500, 504] as const), applied };
    case 2:
      return { kind: 'reset', applied };
    case 3:
      return { kind: 'hang', applied };
    case 7:
      return { kind: 'suspend', applied, ms: chance.int(500, 40_000) };
    case 4:
      return { kind: 'slow', beforeMs: chance.int(0, 20_000), afterMs: chance.int(0, 20_000) };
    case 5:
      return { kind: 'pause', applied, ms: chance.int(500, 40_000) };
    default:
      return crash(chance);
  }
}

function streamFault(chance: Chance): StreamFault {
  const event = chance.int(0, 25);
  switch (chance.int(0, 6)) {
    case 0:
    case 1:
      return { kind: 'delay', event, ms: chance.int(500, 30_000) };
    case 2:
      return { kind: 'cut', event };
    case 3:
      return { kind: 'gone', event };
    case 4:
      return { kind: 'repeat', event };
    case 5:
      return { kind: 'lose', event };
    default:
      return { kind: 'silence', event };
  }
}

function worldFault(chance: Chance, extent: Extent): WorldFault {
  const run = chance.int(0, extent.runs - 1);
  const operator = chance.int(0, extent.operators - 1);
  const forMs = chance.int(1_000, 30_000);
  switch (chance.int(0, extent.database ? 22 : 20)) {
    case 0:
    case 1:
    case 2: {
      const pod = chance.pick(['main', 'main', 'exit'] as const);
      return {
        kind: 'deletePod',
        run,
        pod,
        how: chance.pick(['graceful', 'graceful', 'force', 'unheld', 'evict'] as const),
      };
    }
    case 3:
      return { kind: 'cancel', run };
    case 4:
    case 5:
      return {
        kind: 'deleteRun',
        run,
        cascade: chance.is(0.1) ? 'Orphan' : chance.pick(['Background', 'Foreground'] as const),
      };
    case 6:
      return { kind: 'deleteNamespace' };
    case 7:
    case 8:
      return { kind: 'partition', node: chance.int(0, 1), forMs: chance.int(1_000, 60_000) };
    case 9:
      return { kind: 'destroyNode', node: chance.int(0, 1) };
    case 10:
      return { kind: 'compact' };
    case 11:
      return { kind: 'deny', why: chance.pick(['quota', 'webhook', 'webhookDown'] as const), forMs };
    case 12:
      return { kind: 'slowApi', byMs: chance.int(100, 3_000), forMs };
    case 13:
      return chance.is(0.5)
        ? { kind: 'shiftClock', operator, byMs: chance.int(-600_000, 600_000) }
        : { kind: 'deleteTemplate', run };
    case 14:
      return { kind: 'squat', run, forMs };
    case 15:
      return { kind: chance.pick(['pauseOperator', 'suspendOperator'] as const), operator, forMs };
    case 17:
      return { kind: 'apiDown', forMs: chance.int(2_000, 40_000), compacts: chance.is(0.5) };
    case 18:
      return { kind: 'apiStalled', forMs: chance.int(2_000, 60_000) };
    case 19: {
      const [percent, retryAfterS] = [chance.pick([30, 90, 100]), chance.pick([0, 0, 1, 5])];
      return { kind: 'tooMany', percent, retryAfterS, forMs };
    }
    case 20:
      return { kind: 'cutWatches', everyMs: 1_000, forMs };
    case 21:
      return { kind: 'databaseDown', how: chance.pick(['refuses', 'hangs'] as const), forMs };
    case 22:
      return { kind: 'databaseSlow', byMs: chance.int(100, 5_000), forMs };
    default: {
      const kind = chance.pick(['killOperator', 'retireOperator'] as const);
      return { kind, operator, restartMs: chance.int(500, 40_000) };
    }
  }
}
