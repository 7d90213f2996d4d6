import type { Condition } from 'kubernetes-types/meta/v1.d.ts';
import type { ConditionType } from '../run/conditions.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { aRun } from './aRun.ts';
import { World } from './world.ts';

/** Name of the first main pod of the run that `aRun()` makes. */
export const MAIN = 'nightly-m1';

/** A run whose first main pod runs. */
export function running(run: Run = aRun().withHandler().build()): World {
  return new World(run).settle().start(MAIN).settle();
}

/** The status of the run; throws where it has none. */
export function statusOf(world: World): RunStatus {
  if (world.run?.status === undefined) {
    throw new Error('the run has no status');
  }
  return world.run.status;
}

/** A condition of the run. */
export function conditionIn(world: World, type: ConditionType): Condition | undefined {
  return statusOf(world).conditions.find((condition) => condition.type === type);
}

/** Lets the handler run and end well, and the run with it. */
export function handle(world: World): World {
  const exit = statusOf(world.settle()).exit?.podName ?? '';
  return world.start(exit).settle().end(exit, 0).settle();
}

/** Reasons of the events that were told, in order. */
export function toldOf(world: World): string[] {
  return world.decisions.flatMap(({ events }) => events.map(({ reason }) => reason));
}
