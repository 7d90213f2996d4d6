import type { Queue, QueueStatus } from '../core/queue/queue.ts';
import type { KubeClient } from '../kube/types.ts';
import { queues } from './resources.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/**
 * Says in a queue's status what it holds. Counts are for people: nothing is decided by them, so the write needs no
 * version, only the UID. Throws ConflictError when another queue has the name by now, NotFoundError when none has.
 */
export async function writeQueueStatus(
  client: KubeClient,
  queue: Queue,
  status: QueueStatus,
  options: EffectOptions = {},
): Promise<Queue> {
  const target = targetOf(queue);
  // null takes a field away.
  const body = {
    metadata: { uid: target.uid },
    status: { ...status, oldestQueuedAt: status.oldestQueuedAt ?? null },
  };
  return client.patch(
    queues,
    refOf(target),
    { type: 'merge', body },
    {
      ...withSignal(options),
      subresource: 'status',
    },
  );
}
