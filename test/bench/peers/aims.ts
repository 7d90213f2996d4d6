import { amount } from '../report.ts';
import type { Results, Series } from './results.ts';
import { median } from './results.ts';
import type { Round } from './round.ts';

/** One aim, beside what was measured. */
export interface Verdict {
  readonly aim: string;
  readonly measured: string;
  readonly verdict: 'met' | 'not met' | 'not measured';
}

/** What all ratios are taken to: it runs on every machine and in every run of the bench. */
export const YARDSTICK = 'native:tuned';
const OURS = 'endwell';
const KUEUE = ['kueue:default', 'kueue:tuned'];

const MAIN: Series = { system: OURS, pace: 'burst', handler: 'without handler' };
const BOTH: Series = { system: OURS, pace: 'burst', handler: 'with handler' };
const IDLE: Series = { system: OURS, pace: 'idle', handler: 'with handler' };

/** How the figures stand to what we want them to be. A peer's figure in brackets was measured elsewhere: peers.md of this folder. */
export function verdicts(results: Results): Verdict[] {
  const yardstick = rate(results, { ...MAIN, system: YARDSTICK });
  const toYardstick = (series: Series) => ratio(rate(results, series), yardstick);
  const kueue = Math.max(...KUEUE.map((system) => admission(results, { ...MAIN, system }) ?? Number.NaN));
  const own = (handler: Round['handler']) =>
    results.writes.find((one) => one.system === OURS && one.handler === handler)?.own;
  const kept = (n: number) => results.kept.find((one) => one.system === OURS && one.n === n)?.atRest;
  const crds = results.crds.find(({ system }) => system === OURS);
  const refused = results.writes.filter(({ system }) => system === OURS).map((one) => one.own.refused);
  return [
    atLeast('main + handler ≥ 0.55× native Jobs tuned', toYardstick(BOTH), 0.55, '×'),
    atLeast('main alone ≥ 1× native Jobs tuned', toYardstick(MAIN), 1, '×'),
    atMost('own writes with handler ≤ 9, Events apart', own('with handler')?.ofRuns, 9, ''),
    atMost('own writes without ≤ 7, Events apart', own('without handler')?.ofRuns, 7, ''),
    atMost('own writes refused: none', refused.length === 0 ? undefined : Math.max(...refused), 0, ''),
    atMost('main’s end → handler’s pod, idle p50 ≤ 20 ms', toHandler(results, IDLE, 'p50'), 20, 'ms'),
    atMost('main’s end → handler’s pod, idle p99 ≤ 50 ms', toHandler(results, IDLE, 'p99'), 50, 'ms'),
    atMost('main’s end → handler’s pod, 300 at once p99 ≤ 1 s', toHandler(results, BOTH, 'p99'), 1000, 'ms'),
    atMost(
      'own CPU ≤ 16 ms for a run with handler',
      median(results, BOTH, (one) => one.ownCpuMs),
      16,
      'ms',
    ),
    atLeast('admission ≥ 2× Kueue’s better profile', ratio(admission(results, MAIN), kueue), 2, '×'),
    atLeast('the decision alone ≥ 200/s of CPU', results.decisionsPerSecond, 200, '/s'),
    atMost('RSS ≤ 150 MiB with 5,000 kept', kept(5000), 150, 'MiB'),
    atMost('RSS ≤ 180 MiB with 10,000 kept', kept(10_000), 180, 'MiB'),
    atMost('API server + 60 MiB at most by our CRDs (RSS)', crds?.rss, 60, 'MiB'),
  ];
}

/**
 * Runs in the time of a piece of work that is always the same, the median of the rounds that count: so a ratio of two
 * systems stands, although the machine was faster under one than under the other.
 */
export function rate(results: Results, series: Series): number | undefined {
  return median(results, series, (round) => round.perSecond * round.sameWorkMs);
}

/** a / b, where both were measured. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  const value = (a ?? Number.NaN) / (b ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

function admission(results: Results, series: Series): number | undefined {
  return median(results, series, ({ admittedPerSecond, sameWorkMs }) =>
    admittedPerSecond === undefined ? undefined : admittedPerSecond * sameWorkMs,
  );
}

function toHandler(results: Results, series: Series, share: 'p50' | 'p99'): number | undefined {
  return median(results, series, ({ toHandlerMs }) => toHandlerMs?.[share]);
}

function atLeast(aim: string, value: number | undefined, bound: number, unit: string): Verdict {
  return judged(aim, value, unit, (value ?? Number.NaN) >= bound);
}

function atMost(aim: string, value: number | undefined, bound: number, unit: string): Verdict {
  return judged(aim, value, unit, (value ?? Number.NaN) <= bound);
}

function judged(aim: string, value: number | undefined, unit: string, isMet: boolean): Verdict {
  if (value === undefined) return { aim, measured: '', verdict: 'not measured' };
  const measured = unit === '×' || unit === '' ? `${value.toFixed(2)}${unit}` : amount(value, unit);
  return { aim, measured, verdict: isMet ? 'met' : 'not met' };
}
