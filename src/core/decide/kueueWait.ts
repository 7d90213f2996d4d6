import { isTrue, transitionOf } from '../run/conditions.ts';
import type { RunStatus } from '../run/run.ts';

/** Since when Kueue holds the pod of this attempt, ms since the epoch; undefined while it is not on record that it does. */
export function heldByKueueSince(status: RunStatus): number | undefined {
  return isTrue(status, 'KueueWaiting') ? lastOf(status) : undefined;
}

/**
 * From when the start of main is counted, ms since the epoch: admission, by Kueue too where it held the pod. undefined before.
 */
export function startCountsFrom(status: RunStatus): number | undefined {
  return isTrue(status, 'KueueWaiting') ? transitionOf(status, 'Admitted') : lastOf(status);
}

/** A wait of an earlier attempt began before this one was admitted. */
function lastOf(status: RunStatus): number | undefined {
  const admitted = transitionOf(status, 'Admitted');
  return admitted === undefined
    ? undefined
    : Math.max(admitted, transitionOf(status, 'KueueWaiting') ?? admitted);
}
