import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { initChangedAt } from '../decide/initProgress.ts';
import { heldByKueueSince, startCountsFrom } from '../decide/kueueWait.ts';
import { retentionNow } from '../decide/retention.ts';
import { hasAnyStarted, hasMainStarted } from '../pod/podFacts.ts';
import { timeOf, transitionOf } from '../run/conditions.ts';
import { LIMIT_TABLE } from '../run/limitTable.ts';
import { isTerminal } from '../run/phases.ts';
import type { Limits, Run, RunStatus } from '../run/run.ts';
import { duration } from './duration.ts';

interface RunningLimit {
  readonly name: keyof Limits;
  /** When it began to count, ms since the epoch; undefined: with each sign of progress, which only the operator sees. */
  readonly since: number | undefined;
  /** Another limit whose time comes first. */
  readonly after?: keyof Limits;
}

/**
 * Limits that count at the moment, one a line with what is left of each, and of a run that has ended when it is removed.
 *
 * @param limits after defaults
 * @param pod the living main pod, where it is known
 */
export function limitsNow(run: Run, limits: Limits, now: number, pod?: Pod): string[] {
  const { status } = run;
  if (status === undefined) {
    return [];
  }
  if (isTerminal(status.phase)) {
    return removal(run, status, now);
  }
  return running(status, pod).flatMap((limit) => {
    const seconds = limits[limit.name];
    return seconds === undefined || (limit.since ?? now) > now ? [] : [line(limit, seconds, limits, now)];
  });
}

function line({ name, since, after }: RunningLimit, seconds: number, limits: Limits, now: number): string {
  const { bounds, countsFrom } = LIMIT_TABLE[name];
  const counted = `counted from ${countsFrom}`;
  if (since === undefined) {
    return `limits.${name}: ${duration(seconds * 1000)} for ${bounds}, ${counted}`;
  }
  const whole = seconds + (after === undefined ? 0 : (limits[after] ?? 0));
  const left = since + whole * 1000 - now;
  const rest = left > 0 ? `${duration(left)} left` : `over since ${duration(-left)}`;
  const sum = after === undefined ? '' : ` (with limits.${after})`;
  return `limits.${name}: ${rest} of ${duration(whole * 1000)}${sum}, ${counted}`;
}

/** Which limits count in which state, and from when: as the steps of `decide` count them. */
function running(status: RunStatus, pod: Pod | undefined): RunningLimit[] {
  const at = (
    name: keyof Limits,
    since: number | undefined,
    more: Pick<RunningLimit, 'after'> = {},
  ): RunningLimit[] => (since === undefined ? [] : [{ name, since, ...more }]);
  const since = (type: Parameters<typeof transitionOf>[1]) => transitionOf(status, type);
  const isUnreachable = status.conditions.some(
    (condition) => condition.type === 'NodeUnreachable' && condition.status === 'True',
  );
  const total = status.main === undefined ? at('totalSeconds', since('Accepted')) : [];
  const node = isUnreachable ? at('nodeLostSeconds', since('NodeUnreachable')) : [];
  switch (status.phase) {
    case 'Queued':
      return [...at('queueSeconds', timeOf(status.retryAt) ?? since('Accepted')), ...total];
    case 'Pending':
      return [
        ...(heldByKueueSince(status) !== undefined
          ? at('queueSeconds', heldByKueueSince(status))
          : pod !== undefined && hasAnyStarted(pod)
            ? at('initMaxSeconds', startCountsFrom(status), { after: 'startSeconds' })
            : at('startSeconds', startCountsFrom(status))),
        ...(pod !== undefined && isInitialising(pod) ? [INIT_IDLE] : []),
        ...node,
        ...total,
      ];
    case 'Running':
      return [...at('runSeconds', since('Started')), STALL, ...node, ...total];
    default:
      return status.exit?.outcome === undefined
        ? at('exitSeconds', timeOf(status.timeline.exitStartedAt))
        : [];
  }
}

const INIT_IDLE: RunningLimit = { name: 'initIdleSeconds', since: undefined };
const STALL: RunningLimit = { name: 'stallSeconds', since: undefined };

function isInitialising(pod: Pod): boolean {
  return initChangedAt(pod, Number.POSITIVE_INFINITY) !== undefined && !hasMainStarted(pod);
}

function removal(run: Run, status: RunStatus, now: number): string[] {
  const since = transitionOf(status, 'Finished');
  if (since === undefined || run.metadata.deletionTimestamp !== undefined) {
    return [];
  }
  const { ttlSeconds, rule } = retentionNow(run);
  const left = since + ttlSeconds * 1000 - now;
  return [
    left > 0 ? `${rule}: the run is removed in ${duration(left)}` : `${rule}: the run is being removed`,
  ];
}
