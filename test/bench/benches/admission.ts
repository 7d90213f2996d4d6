import type { Demand } from '../../../src/core/admission/demand.ts';
import { admissionPass } from '../../../src/core/admission/pass.ts';
import { queuePositions } from '../../../src/core/admission/position.ts';
import type { Queue, QueueSpec } from '../../../src/core/queue/queue.ts';
import { QueueIndex } from '../../../src/core/queue/resolveQueue.ts';
import type { Run } from '../../../src/core/run/run.ts';
import type { Bench } from '../benches.ts';
import { amount, percentile } from '../report.ts';

const WAITING = 10_000;
const RUNNING = 100;
const PASSES = 50;
const NOW = Date.UTC(2026, 0, 1);
/** What the story of queues asks for. */
const AIM_MS = 50;

/** One decision pass over a long queue: pure, so no cluster is needed. */
export const admission: Bench = {
  name: 'admission',
  async measure() {
    const full = measurePasses({ maxRunning: RUNNING }, PASSES);
    const free = measurePasses({ maxRunning: RUNNING + 1 }, PASSES);
    const fair = measurePasses({ maxRunning: RUNNING + 500, order: 'FairBySubject' }, PASSES);
    const figure = (what: string, times: readonly number[]) => ({
      what: `admission pass (CPU time), ${WAITING} runs queued, ${what}`,
      value: `p50 ${amount(percentile(times, 0.5), 'ms')}, p99 ${amount(percentile(times, 0.99), 'ms')}`,
      aim: `≤ ${AIM_MS} ms`,
    });
    return [
      figure('no slot free', full),
      figure('one slot free', free),
      figure('500 slots free, fair by subject', fair),
      {
        what: `positions and estimates of ${WAITING} queued runs (CPU time)`,
        value: amount(positions(), 'ms'),
        aim: '',
      },
    ];
  },
};

function queueOf(spec: QueueSpec): Queue {
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Queue',
    metadata: { name: 'default', namespace: 'endwell-system' },
    spec,
  };
}

/** CPU time since then in ms: the work is synchronous, and what else the machine does is left out. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** CPU ms of each pass over 10,000 waiting runs and 100 that run. */
export function measurePasses(spec: QueueSpec, passes: number): number[] {
  const demands = Array.from({ length: WAITING + RUNNING }, (_, n) => demandOf(n));
  const queues = new QueueIndex([queueOf(spec)], 'endwell-system');
  return Array.from({ length: passes }, () => {
    const start = process.cpuUsage();
    admissionPass({
      demands,
      lastEnds: new Map(),
      queues,
      grants: new Map(),
      isJudged: () => true,
      isMissing: () => false,
      turns: new Map(),
      now: NOW,
    });
    return cpuMs(start);
  });
}

/** Every tenth has a key that it shares with another one; 2,000 subjects. */
function demandOf(n: number): Demand {
  const key = n % 10 === 0 ? `k${n % 1_000}` : `only${n}`;
  return {
    uid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    namespace: `team${n % 20}`,
    name: `run-${n}`,
    queue: 'default',
    priority: n % 7,
    createdAt: NOW - ((n * 7_919) % 3_600_000),
    subject: `connection/${n % 2_000}`,
    dedupe: { key, text: 'key', policy: 'Queue', afterFailureSeconds: 0 },
    kind: 'Run',
    standing: n < RUNNING ? 'main' : 'waiting',
    retryAt: undefined,
    hasStarted: n < RUNNING,
    isStopping: false,
    isLeftAlone: false,
    revision: 1,
  };
}

function positions(): number {
  const time = new Date(NOW - 60_000).toISOString();
  const runs = Array.from({ length: WAITING + RUNNING }, (_, n) => runOf(n, time));
  const start = process.cpuUsage();
  const view = {
    runs,
    queues: [queueOf({ maxRunning: RUNNING })],
    operatorNamespace: 'endwell-system',
    now: NOW,
  };
  queuePositions(view);
  return cpuMs(start);
}

function runOf(n: number, time: string): Run {
  const condition = { type: 'Accepted', status: 'True', reason: 'SpecValid', message: '' } as const;
  const isRunning = n < RUNNING;
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { name: `run-${n}`, namespace: 'team', uid: `uid-${n}`, creationTimestamp: time },
    spec: { main: {} },
    status: {
      phase: n === 0 ? 'Succeeded' : isRunning ? 'Running' : 'Queued',
      revision: 1,
      conditions: [{ ...condition, lastTransitionTime: time }],
      attempts: [],
      timeline: isRunning ? { admittedAt: time, ...(n === 0 ? { finishedAt: time } : {}) } : {},
    },
  };
}
