import { describe, expect, it } from 'vitest';
import { LIMIT_TABLE } from '../../src/core/run/limitTable.ts';
import type { Limits, Run, RunSpec } from '../../src/core/run/run.ts';
import type { ContainerScript } from '../../src/kubelite/kubelet/scripted/podScript.ts';
import type { Fault } from './faults.ts';
import { NAMESPACE, NARROW_LIMIT, NARROW_QUEUE, type Plan, type PlannedRun } from './plan.ts';
import { failureText } from './report.ts';
import { simulate } from './simulate.ts';

/** A life in which one limit is met. */
interface Case {
  readonly spec?: Partial<RunSpec>;
  readonly main?: Readonly<Record<string, ContainerScript>>;
  readonly exit?: ContainerScript;
  readonly faults?: readonly Fault[];
  /** Runs that are there before it. */
  readonly before?: readonly PlannedRun[];
  /** What its status says in the end. */
  readonly says: string;
}

const HOUR_MS = 3_600_000;
/** Longer than any limit. */
const LONG_MS = 25 * HOUR_MS;

const pod = (...inits: string[]): RunSpec['main'] => ({
  spec: {
    initContainers: inits.map((name) => ({ name, image: 'init', command: ['true'] })),
    containers: [{ name: 'main', image: 'work', command: ['true'] }],
  },
});
const INITS = Array.from({ length: 24 }, (_, index) => `init-${index}`);
const HANGS: Readonly<Record<string, ContainerScript>> = { main: { runMs: 'hang' } };

/** The numbers are the defaults, where a limit has one: a change of one is seen here. */
const CASES = {
  queueSeconds: {
    before: Array.from({ length: NARROW_LIMIT }, (_, index) =>
      planned(`before${index}`, { queue: NARROW_QUEUE }, { main: { runMs: LONG_MS } }),
    ),
    spec: { queue: NARROW_QUEUE },
    says: 'queueSeconds (86400 s)',
  },
  startSeconds: { main: { main: { pullMs: 2_000_000 } }, says: 'startSeconds (900 s)' },
  initIdleSeconds: {
    spec: { main: pod('init-0'), logs: 'Follow' },
    main: { 'init-0': { runMs: 'hang' } },
    says: 'initIdleSeconds (300 s)',
  },
  initMaxSeconds: {
    spec: { main: pod(...INITS) },
    main: Object.fromEntries(INITS.map((name) => [name, { runMs: 250_000 }])),
    says: 'initMaxSeconds (3600 s)',
  },
  runSeconds: { spec: { profile: 'ingestion' }, main: HANGS, says: 'runSeconds (7200 s)' },
  totalSeconds: { spec: { limits: { totalSeconds: 9_000 } }, main: HANGS, says: 'totalSeconds (9000 s)' },
  stallSeconds: {
    spec: { logs: 'Follow', limits: { stallSeconds: 1_800 } },
    main: HANGS,
    says: 'stallSeconds (1800 s)',
  },
  nodeLostSeconds: {
    main: HANGS,
    faults: [0, 1].map((node): Fault => {
      return { on: 'world', atMs: 60_000, fault: { kind: 'partition', node, forMs: 2 * HOUR_MS } };
    }),
    says: 'nodeLostSeconds (900 s)',
  },
  exitSeconds: {
    spec: { exitHandler: pod(), exitRetry: { maxAttempts: 1, backoffSeconds: 1 } },
    exit: { runMs: 'hang' },
    says: 'exitSeconds (300 s)',
  },
} as const satisfies Record<keyof Limits, Case>;

describe('simulate', () => {
  it.each(Object.entries<Case>(CASES))(
    'meets %s at its default, and ends the run for it',
    async (limit, of) => {
      const outcome = await simulate(planFor(of));
      expect(failureText(outcome, 'small') ?? 'kept').toBe('kept');
      const end = outcome.ends.get('run');
      const { reason } = LIMIT_TABLE[limit as keyof Limits];
      const told = { main: end?.main, exit: end?.exit };
      expect(JSON.stringify(told)).toContain(`"reason":"${reason}"`);
      expect(JSON.stringify(told)).toContain(of.says);
    },
  );
});

function planned(
  name: string,
  spec: Partial<RunSpec>,
  main: Readonly<Record<string, ContainerScript>>,
  exit: ContainerScript = {},
): PlannedRun {
  return {
    name,
    namespace: NAMESPACE,
    atMs: name === 'run' ? 1_000 : 0,
    spec: { main: pod(), ...spec } satisfies Run['spec'],
    by: 'server',
    scripts: { main: { containers: main }, exit: { containers: { main: exit } } },
  };
}

/** Nothing goes wrong but what the case names. A lease that is renewed seldom makes a day cheap. */
function planFor({ spec = {}, main = {}, exit, faults = [], before = [] }: Case): Plan {
  return {
    seed: 0,
    operators: 1,
    leaseSeconds: 600,
    nodes: 2,
    api: { watchLists: true, page: 500 },
    database: false,
    chaosMs: before.length > 0 || faults.length > 0 ? LONG_MS : 1_000,
    runs: [...before, planned('run', spec, main, exit)],
    schedules: [],
    faults,
  };
}
