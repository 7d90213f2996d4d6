import type { PreviewAnswer, ScheduleAnswer } from '../../contract/routes/schedules.ts';
import { nextSlots } from '../../core/schedule/slots.ts';
import type { Timing } from '../../core/schedule/timing.ts';
import { wallTime } from '../../core/schedule/zone.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { ServedKind } from './kinds.ts';

/** A schedule as the API answers. */
export function answerOf(kind: ServedKind, object: KubeObject): ScheduleAnswer {
  const { problem, suspend, record } = kind.view(object);
  return {
    kind: kind.resource.kind as ScheduleAnswer['kind'],
    name: object.metadata?.name ?? '',
    namespace: object.metadata?.namespace ?? '',
    ...kind.timing(object),
    suspended: suspend,
    problem: problem ?? null,
    lastSlot: record?.lastSlot ?? null,
    nextSlot: suspend || problem !== undefined ? null : (record?.nextSlot ?? null),
    active: record?.active ?? [],
    recent: record?.recent ?? [],
  };
}

/** The next slots as people read them: on their own clocks. */
export function slotsOf(timing: Timing, after: number, count: number): PreviewAnswer['slots'] {
  return nextSlots(timing, after, count).map(({ at, wall, shift }) => ({
    at: new Date(at).toISOString().replace('.000Z', 'Z'),
    local: clockText(wallTime(timing.timeZone, at)),
    asked: clockText(wall),
    ...(shift === undefined ? {} : { shift }),
  }));
}

function clockText(wall: number): string {
  return new Date(wall).toISOString().slice(0, 16);
}
