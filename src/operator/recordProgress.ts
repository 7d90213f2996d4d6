import { conditionOf, isTrue, timeOf } from '../core/run/conditions.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run, RunStatus } from '../core/run/run.ts';
import type { OperatorMetrics } from '../telemetry/metrics.ts';

/** Counts what a status write has made true. Called after the write only; `now` is the API server's time in ms. */
export function recordProgress(
  metrics: OperatorMetrics,
  before: RunStatus | undefined,
  after: Run,
  now: number,
): void {
  const status = after.status;
  if (!status) return;
  if (isTrue(status, 'Accepted') && !isTrue(before, 'Accepted')) metrics.jobCreated('success');
  const acceptedAt = timeOf(status.timeline.acceptedAt) ?? now;
  const { admittedAt } = status.timeline;
  if (admittedAt !== undefined && before?.timeline.admittedAt === undefined) {
    metrics.queueLeft(((timeOf(admittedAt) ?? now) - acceptedAt) / 1000);
  }
  if (!isTerminal(status.phase) || isTerminal(before?.phase)) return;
  if (status.phase === 'Refused') {
    metrics.jobCreated('failure');
    return;
  }
  metrics.jobFinished({
    succeeded: status.phase === 'Succeeded',
    reason: status.main?.reason ?? 'Unknown',
    seconds: Math.max(0, now - acceptedAt) / 1000,
  });
  if (conditionOf(status, 'ExitHandled')?.status === 'False') metrics.exitGivenUp();
}
