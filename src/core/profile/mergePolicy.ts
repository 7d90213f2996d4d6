import { DEFAULT_EXIT_RETRY, DEFAULT_RETRY, DEFAULT_TTL, INIT_IDLE_SECONDS } from '../run/defaults.ts';
import { limitProblems, retentionProblems } from '../run/limitProblems.ts';
import { attemptProblems } from '../run/retryProblems.ts';
import type { Limits, RunSpec, RunTemplate } from '../run/run.ts';
import type { SpecProblem } from '../run/specProblems.ts';
import type { Layer } from './layer.ts';

/** All of a template but its pods, after defaults. */
export type Policy = Required<Pick<RunTemplate, 'limits' | 'retry' | 'exitRetry' | 'ttlSeconds' | 'logs'>> &
  Pick<RunTemplate, 'keepPodSeconds'>;

/** Lays the layers' limits, retries and retention over each other: a later layer wins, field by field. */
export function mergedPolicy(layers: readonly Layer[]): Policy {
  const logs = layers.findLast((layer) => layer.logs !== undefined)?.logs ?? 'Tail';
  const keepPodSeconds = laid(layers.map((layer) => layer.keepPodSeconds));
  return {
    limits: withInitIdle(laid(layers.map((layer) => layer.limits)), logs),
    retry: { ...DEFAULT_RETRY, ...laid(layers.map((layer) => layer.retry)) },
    exitRetry: { ...DEFAULT_EXIT_RETRY, ...laid(layers.map((layer) => layer.exitRetry)) },
    ttlSeconds: { ...DEFAULT_TTL, ...laid(layers.map((layer) => layer.ttlSeconds)) },
    logs,
    ...(Object.keys(keepPodSeconds).length === 0 ? {} : { keepPodSeconds }),
  };
}

/** What of a run's own wishes would never happen as it is written. */
export function policyProblems(asked: RunSpec, { limits, retry, ttlSeconds, logs }: Policy): SpecProblem[] {
  return [
    ...limitProblems(asked.limits ?? {}, limits, logs),
    ...attemptProblems(retry),
    ...retentionProblems(asked.keepPodSeconds ?? {}, ttlSeconds),
  ];
}

/** Who names a limit has it; by default silence is a sign only where every line would be seen. */
function withInitIdle(limits: Limits, logs: Policy['logs']): Limits {
  return logs === 'Follow' && limits.initIdleSeconds === undefined
    ? { ...limits, initIdleSeconds: Math.min(INIT_IDLE_SECONDS, limits.initMaxSeconds ?? INIT_IDLE_SECONDS) }
    : limits;
}

function laid<A extends object>(said: readonly (A | undefined)[]): A {
  return Object.assign({}, ...said) as A;
}
