import type { EffectOptions } from '../../actions/target.ts';
import type { Run } from '../../core/run/run.ts';
import type { ScheduleRecord } from '../../core/schedule/schedule.ts';
import type { Child, ReadRules, ScheduleView } from '../../core/schedule/view.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';

/** A kind of schedule: what the one engine needs to know of it. */
export interface ScheduleKind<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** What a slot makes. */
  readonly makes: Run['kind'];
  /** What its spec says: the same for each version of one generation. */
  readRules(object: T): ReadRules;
  view(object: T, read: ReadRules): ScheduleView;
  /** The name of what it makes for a slot: the same whoever makes it. */
  childName(object: T, slot: number): string;
  /** What has that name now and belongs to the schedule, past any cache. */
  find(object: T, name: string, options: EffectOptions): Promise<Child | undefined>;
  /** Makes what is due at a slot. Throws AlreadyExistsError when the name is taken, by itself or another. */
  make(object: T, slot: number, options: EffectOptions): Promise<Child>;
  /** Ends one that is alive, because a later slot takes its place. */
  end(object: T, child: Child, options: EffectOptions): Promise<void>;
  /** Writes down what came of slots; returns the object as stored. */
  write(object: T, view: ScheduleView, record: ScheduleRecord, options: EffectOptions): Promise<T>;
}
