import type { Limits, RunSpec } from './run.ts';
import type { SpecProblem } from './specProblems.ts';

type LimitName = keyof Limits;

interface Pair {
  /** The one that could never be reached. */
  readonly inner: LimitName;
  readonly outer: LimitName;
}

/** A limit that another one always comes before: its author believes in something that never happens. */
const PAIRS: readonly Pair[] = [
  { inner: 'stallSeconds', outer: 'runSeconds' },
  { inner: 'initIdleSeconds', outer: 'initMaxSeconds' },
  ...(['queueSeconds', 'startSeconds', 'initMaxSeconds', 'runSeconds', 'stallSeconds'] as const).map(
    (inner): Pair => ({ inner, outer: 'totalSeconds' }),
  ),
];

/**
 * Limits that contradict each other, and a stall limit that has nothing to go by. A limit of the profile contradicts
 * nothing: nobody asked for it, and the shorter one holds.
 *
 * @param asked by the run itself
 * @param limits after defaults
 * @param logs after defaults
 */
export function limitProblems(
  asked: Limits,
  limits: Limits,
  logs: NonNullable<RunSpec['logs']>,
): SpecProblem[] {
  const problems = PAIRS.flatMap(({ inner, outer }): SpecProblem[] => {
    const [low, high] = [asked[inner], limits[outer]];
    return low === undefined || high === undefined || low <= high
      ? []
      : [
          {
            field: `spec.limits.${inner}`,
            message: `is ${low}, longer than limits.${outer}, which is ${high}: it could never be reached`,
          },
        ];
  });
  return limits.stallSeconds !== undefined && logs !== 'Follow'
    ? [...problems, { field: 'spec.limits.stallSeconds', message: NO_SIGN }]
    : problems;
}

const NO_SIGN =
  'needs spec.logs: Follow: progress is seen by the lines that main writes, and only a log that is followed shows them; or use runSeconds';

/**
 * Pods that were to stay longer than their run, which takes them along.
 *
 * @param keepPods asked by the run itself
 * @param ttl after defaults
 */
export function retentionProblems(
  keepPods: { readonly succeeded?: number; readonly failed?: number },
  ttl: { readonly succeeded: number; readonly failed: number },
): SpecProblem[] {
  return (['succeeded', 'failed'] as const).flatMap((outcome): SpecProblem[] => {
    const keep = keepPods[outcome];
    return keep === undefined || keep <= ttl[outcome]
      ? []
      : [
          {
            field: `spec.keepPodSeconds.${outcome}`,
            message: `is ${keep}, longer than ttlSeconds.${outcome}, which is ${ttl[outcome]}: the pods go when their run goes`,
          },
        ];
  });
}
