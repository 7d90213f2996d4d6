import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report.ts';
import type { Change, Stored } from './apiClient.ts';
import { BenchError } from './benchError.ts';
import { type ControlPlane, NAMESPACE } from './controlPlane.ts';
import { sameWorkMs } from './sameWork.ts';
import { type Shape, type System, titleOf } from './systems/system.ts';
import { type CpuSeconds, cpuSeconds, rssMiB, shareOfOthers, stackSeconds, used } from './usage.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SAMPLE_RSS_MS = 250;
const LOOK_AGAIN_MS = 500;
/** Native Jobs at their defaults take 100 s for 300; what takes this long does not end. */
const PATIENCE_SECONDS = 600;

/** `burst`: all at once; `idle`: each after the end of the one before. */
export type Pace = 'burst' | 'idle';

/** p50 and p99 of a time, in ms. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** What one round of runs took, as one client sees it that watches. */
export interface Round {
  readonly system: string;
  readonly pace: Pace;
  readonly handler: Shape['handler'];
  readonly n: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** From the create until the end is seen. */
  readonly completionMs: Spread;
  /** From the first create to the last admission; undefined: the system has no queue. */
  readonly admittedPerSecond: number | undefined;
  /** From the end of main to its handler's pod. */
  readonly toHandlerMs: Spread | undefined;
  readonly cpu: CpuSeconds;
  /** CPU ms of the system's own processes for each run. */
  readonly ownCpuMs: number;
  /** CPU ms for each run of everything that belongs to the bench, its client too. */
  readonly stackCpuMs: number;
  /** Share (0 to 1) of the machine that ran something else meanwhile. */
  readonly others: number;
  /** How fast the machine was: what the same work took just before and just after, ms, the mean. */
  readonly sameWorkMs: number;
  /** Highest resident memory of the system's own processes, MiB. */
  readonly peakRssMiB: number;
}

/** The times of what was seen of one run, ms. */
interface Seen {
  submitted: number;
  admitted?: number;
  mainEnded?: number;
  handlerMade?: number;
  ended?: number;
  phase?: 'Succeeded' | 'Failed';
}

let rounds = 0;

/** Submits n runs and waits for the last to end. Throws when not all of them succeed. */
export async function measureRound(
  { client, processes }: ControlPlane,
  system: System,
  pace: Pace,
  n: number,
  shape: Shape,
): Promise<Round> {
  rounds += 1;
  const prefix = `r${rounds}-`;
  const workBefore = await sameWorkMs();
  const seen = new Map<string, Seen>();
  const stopRuns = await client.watch(system.runs, (change) => noteRun(system, seen, change));
  const stopPods = await client.watch(PODS, (change) => notePod(system, seen, change));
  let peak = 0;
  const own = (values: Readonly<Record<string, number>>) =>
    system.processes.reduce((total, name) => total + (values[name] ?? 0), 0);
  const sampler = setInterval(() => {
    peak = Math.max(peak, own(rssMiB(processes.pids())));
  }, SAMPLE_RSS_MS);
  try {
    const before = cpuSeconds(processes.pids());
    const start = performance.now();
    const submit = async (index: number) => {
      const name = `${prefix}${index}`;
      seen.set(name, { submitted: performance.now() });
      await client.call('POST', system.runs, system.run(name, shape));
    };
    if (pace === 'burst') {
      await Promise.all(Array.from({ length: n }, (_, index) => submit(index)));
      await allEnded(system, seen);
    } else {
      for (let index = 0; index < n; index += 1) {
        await submit(index);
        await allEnded(system, seen, 5);
      }
    }
    const cpu = used(before, cpuSeconds(processes.pids()));
    const all = [...seen.values()];
    const seconds = (last(all, 'ended') - start) / 1000;
    return {
      system: titleOf(system),
      pace,
      handler: shape.handler,
      n,
      seconds,
      perSecond: n / seconds,
      completionMs: spread(all, 'submitted', 'ended') ?? { p50: Number.NaN, p99: Number.NaN },
      admittedPerSecond:
        system.admitted === undefined ? undefined : (n * 1000) / (last(all, 'admitted') - start),
      toHandlerMs: spread(all, 'mainEnded', 'handlerMade'),
      cpu,
      ownCpuMs: (own(cpu) * 1000) / n,
      stackCpuMs: (stackSeconds(cpu) * 1000) / n,
      others: shareOfOthers(cpu, (performance.now() - start) / 1000),
      sameWorkMs: (workBefore + (await sameWorkMs())) / 2,
      peakRssMiB: peak,
    };
  } finally {
    clearInterval(sampler);
    stopRuns();
    stopPods();
  }
}

function noteRun(system: System, seen: ReadonlyMap<string, Seen>, { type, object }: Change): void {
  const run = seen.get(object.metadata.name);
  if (run === undefined || type === 'DELETED') return;
  const now = performance.now();
  if (system.admitted?.(object) === true) run.admitted ??= now;
  const phase = system.ended(object);
  if (phase === undefined || run.ended !== undefined) return;
  run.ended = now;
  run.phase = phase;
}

function notePod(system: System, seen: ReadonlyMap<string, Seen>, { type, object }: Change): void {
  const pod = system.podOf(object);
  const run = pod && seen.get(pod.run);
  if (run === undefined) return;
  const now = performance.now();
  if (pod?.step === 'exit') {
    if (type === 'ADDED') run.handlerMade ??= now;
  } else if (object.status?.['phase'] === 'Succeeded' || object.status?.['phase'] === 'Failed')
    run.mainEnded ??= now;
}

async function allEnded(system: System, seen: ReadonlyMap<string, Seen>, lookAgainMs = LOOK_AGAIN_MS) {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  const all = [...seen.values()];
  while (all.some(({ ended }) => ended === undefined)) {
    if (performance.now() > end)
      throw new BenchError(
        `running ${all.length} runs on ${titleOf(system)}: ${all.filter(({ ended }) => ended === undefined).length} have not ended after ${PATIENCE_SECONDS} s`,
      );
    await delay(lookAgainMs);
  }
  const failed = all.filter(({ phase }) => phase !== 'Succeeded').length;
  if (failed > 0)
    throw new BenchError(`running ${all.length} runs on ${titleOf(system)}: ${failed} did not succeed`);
}

function last(all: readonly Seen[], field: 'ended' | 'admitted'): number {
  return Math.max(...all.map((run) => run[field] ?? 0));
}

function spread(all: readonly Seen[], from: keyof Seen, to: keyof Seen): Spread | undefined {
  const times = all.flatMap((run) => {
    const [start, end] = [run[from], run[to]];
    return typeof start === 'number' && typeof end === 'number' ? [end - start] : [];
  });
  return times.length === 0 ? undefined : { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

/** Deletes all runs and their pods, and waits until they are gone. */
export async function clean({ client }: ControlPlane, system: System): Promise<void> {
  for (const path of [system.runs, PODS]) await client.call('DELETE', `${path}?propagationPolicy=Background`);
  const count = async (path: string) =>
    (await client.call<{ items: readonly Stored[] }>('GET', `${path}?limit=1`)).items.length;
  while ((await count(system.runs)) + (await count(PODS)) > 0) await delay(LOOK_AGAIN_MS);
}
