import { omJobSchedules } from './omJobSchedules.ts';
import { runSchedules } from './runSchedules.ts';
import { type ScheduleLoop, type ScheduleLoopParts, startScheduleLoop } from './startScheduleLoop.ts';

/** The loops over all kinds of schedules, as one. */
export type Schedules = ScheduleLoop;

/** Watches schedules of every kind and makes what is due, in the terms of this leader. */
export function startSchedules(
  parts: ScheduleLoopParts & {
    /** False while OMJobs may not be seen. */
    readonly seesOMJobs: () => boolean;
  },
): Schedules {
  // Whoever does not see what runs can't keep two from overlapping.
  const ofOMJobs = { ...parts, hasSeenChildren: () => parts.seesOMJobs() && parts.hasSeenChildren() };
  const loops = [
    startScheduleLoop(parts, runSchedules(parts.client, parts.random)),
    startScheduleLoop(ofOMJobs, omJobSchedules(parts.client)),
  ];
  const each = (work: (loop: ScheduleLoop) => void) => loops.forEach(work);
  const all = async (work: (loop: ScheduleLoop) => Promise<void>) =>
    void (await Promise.all(loops.map(work)));
  return {
    start: () => each((loop) => loop.start()),
    stop: () => all((loop) => loop.stop()),
    beginTerm() {
      parts.surplus.clear();
      each((loop) => loop.beginTerm());
    },
    endTerm: () => all((loop) => loop.endTerm()),
    onChild: (change) => each((loop) => loop.onChild(change)),
    isSettled: () => loops.every((loop) => loop.isSettled()),
    withheld: () => loops.flatMap((loop) => loop.withheld()),
    problem: () => loops.map((loop) => loop.problem()).find((error) => error !== undefined),
  };
}
