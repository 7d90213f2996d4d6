import { retentionNow } from '../decide/retention.ts';
import { timeOf, transitionOf } from '../run/conditions.ts';
import { LIMIT_TABLE } from '../run/limitTable.ts';
import { isTerminal } from '../run/phases.ts';
import type { Limits, Run, RunStatus } from '../run/run.ts';
import { duration } from './duration.ts';

interface RunningLimit {
  readonly name: keyof Limits;
  /** When it began to count, ms since the epoch. */
  readonly since: number;
}

/**
 * Limits that count at the moment, one a line with what is left of each, and of a run that has ended when it is removed.
 * `limits` are those after defaults.
 */
export function limitsNow(run: Run, limits: Limits, now: number): string[] {
  const { status } = run;
  if (status === undefined) {
    return [];
  }
  if (isTerminal(status.phase)) {
    return removal(run, status, now);
  }
  return running(status).flatMap(({ name, since }) => {
    const seconds = limits[name];
    return seconds === undefined || since > now ? [] : [line(name, seconds, since, now)];
  });
}

function line(name: keyof Limits, seconds: number, since: number, now: number): string {
  const left = since + seconds * 1000 - now;
  const rest = left > 0 ? `${duration(left)} left` : `over since ${duration(-left)}`;
  return `limits.${name}: ${rest} of ${duration(seconds * 1000)}, counted from ${LIMIT_TABLE[name].countsFrom}`;
}

/** Which limits count in which state, and from when: as the steps of `decide` count them. */
function running(status: RunStatus): RunningLimit[] {
  const at = (name: keyof Limits, since: number | undefined): RunningLimit[] =>
    since === undefined ? [] : [{ name, since }];
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
      return [...at('startSeconds', since('Admitted')), ...node, ...total];
    case 'Running':
      return [...at('runSeconds', since('Started')), ...node, ...total];
    default:
      return status.exit?.outcome === undefined
        ? at('exitSeconds', timeOf(status.timeline.exitStartedAt))
        : [];
  }
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
