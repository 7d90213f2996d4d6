import type { QueueAnswer } from '../../contract/routes/queues.ts';
import type { Routes } from '../../contract/routes.ts';
import type { QueueSummary } from '../../core/admission/position.ts';
import { timeText } from '../../core/run/conditions.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';

/** `GET /queues`: those that runs of the namespace can name. A count says how many runs, never which. */
export async function listQueues(api: Api, { query, caller }: Call<Routes['listQueues']>): Promise<Reply> {
  const namespace = query.allNamespaces ? undefined : query.namespace;
  await demand(api.access, caller, [
    {
      verb: 'list',
      group: 'endwell.dev',
      resource: 'queues',
      ...(namespace === undefined ? {} : { namespace }),
    },
  ]);
  const all = await api.queues.get();
  const shown = all.filter((queue) => isNamedFrom(namespace, queue, api.operatorNamespace));
  return json(200, { items: shown.map(answerOf), nextCursor: null });
}

function isNamedFrom(namespace: string | undefined, queue: QueueSummary, operatorNamespace: string): boolean {
  if (namespace === undefined || queue.namespace === undefined) return true;
  return queue.namespace === namespace || queue.namespace === operatorNamespace;
}

function answerOf({ name, namespace, spec, running, queued, oldestQueuedAt }: QueueSummary): QueueAnswer {
  return {
    name,
    namespace: namespace ?? null,
    spec: { ...spec },
    running,
    queued,
    oldestQueuedAt: oldestQueuedAt === undefined ? null : timeText(oldestQueuedAt),
  };
}
