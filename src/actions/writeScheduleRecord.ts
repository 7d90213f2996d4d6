import type { ScheduleRecord } from '../core/schedule/schedule.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/** What a schedule's status is to say, and where in it the record stands. */
export interface ScheduleWords {
  readonly record: ScheduleRecord;
  /** Undefined: the record is the status. */
  readonly under?: string;
  /** Fields that others read, beside the record. */
  readonly beside?: Readonly<Record<string, unknown>>;
}

/**
 * Writes the record of a schedule on top of the version of it that was read, and returns the object as stored. Throws
 * ConflictError when it has changed since: what was decided from a spec that is no more is not written down.
 */
export async function writeScheduleRecord<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  { record, under, beside }: ScheduleWords,
  options: EffectOptions = {},
): Promise<T> {
  // null takes a field away.
  const fields = { counting: null, lastSlot: null, nextSlot: null, ...record };
  const status = under === undefined ? fields : { ...beside, [under]: fields };
  const { uid, resourceVersion } = object.metadata ?? {};
  return client.patch(
    resource,
    refOf(targetOf(object)),
    { type: 'merge', body: { metadata: { uid, resourceVersion }, status } },
    { ...withSignal(options), subresource: 'status' },
  );
}
