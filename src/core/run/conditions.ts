import type { Condition } from 'kubernetes-types/meta/v1.d.ts';
import type { RunStatus } from './run.ts';

/** Conditions of a run, for `kubectl wait`. */
export type ConditionType =
  | 'Accepted'
  | 'Admitted'
  | 'Started'
  | 'MainFinished'
  | 'ExitHandled'
  | 'Finished'
  | 'NodeUnreachable'
  | 'EvidenceWaiting'
  /** Kueue holds the main pod, by a label that asked for it. */
  | 'KueueWaiting'
  /** Of an earlier version, which did not apply every field. */
  | 'NotYetApplied';

/** What a condition is to say. */
export interface ConditionChange {
  readonly type: ConditionType;
  readonly status: 'True' | 'False';
  /** CamelCase, as Kubernetes demands; mostly a code of the catalogue. */
  readonly reason: string;
  readonly message?: string;
}

/**
 * The status with one condition set. lastTransitionTime moves only when `status` changes.
 *
 * @param now ms since the epoch
 */
export function withCondition(
  status: RunStatus,
  change: ConditionChange,
  now: number,
  generation: number | undefined,
): RunStatus {
  const before = status.conditions.find((condition) => condition.type === change.type);
  const next: Condition = {
    type: change.type,
    status: change.status,
    reason: change.reason,
    message: change.message ?? '',
    lastTransitionTime: before?.status === change.status ? before.lastTransitionTime : timeText(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const others = status.conditions.filter((condition) => condition.type !== change.type);
  return { ...status, conditions: [...others, next] };
}

/** The condition of a type, if the run has it. */
export function conditionOf(status: RunStatus | undefined, type: ConditionType): Condition | undefined {
  return status?.conditions.find((condition) => condition.type === type);
}

/** Whether a condition stands and is True. */
export function isTrue(status: RunStatus | undefined, type: ConditionType): boolean {
  return conditionOf(status, type)?.status === 'True';
}

/** When a condition last changed, ms since the epoch. */
export function transitionOf(status: RunStatus, type: ConditionType): number | undefined {
  const condition = conditionOf(status, type);
  return condition === undefined ? undefined : timeOf(condition.lastTransitionTime);
}

/** RFC 3339 with milliseconds, from ms since the epoch. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** ms since the epoch from RFC 3339; undefined when there is no time or it can't be read. */
export function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
