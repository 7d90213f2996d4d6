import type { Binding, Pod } from 'kubernetes-types/core/v1.d.ts';
import { badRequest, conflict, notFound } from '../status.ts';
import type { DeleteRequest, StoredObject } from '../types.ts';
import { idOf } from './collection.ts';
import { type Core, collectionOf, headOf, type Target, timestamp, type WriteOptions } from './core.ts';
import { deleteObject } from './delete.ts';
import { copyJson } from './metadata.ts';
import { bind } from './podRules.ts';
import { updateObject } from './update.ts';

/**
 * Binds a pod to the node that `change` puts into `spec.nodeName`. Refuses (409) a pod that is being deleted, gated
 * or bound already.
 */
export async function bindPod(
  core: Core,
  target: Target,
  change: (pod: StoredObject) => StoredObject | undefined,
): Promise<StoredObject> {
  const head = headOf(core, target);
  if (!head) throw notFound(target.served.info, target.name);
  const wanted = change(copyJson(head)) as Pod | undefined;
  if (wanted === undefined) return head;
  const node = wanted.spec?.nodeName;
  if (!node) throw badRequest('binding a pod: target.name must name a node');
  const { annotations, labels, uid, resourceVersion } = wanted.metadata ?? {};
  const info = { ...target.served.info, plural: 'pods/binding' };
  if (uid !== undefined && uid !== head.metadata.uid) {
    throw conflict(info, target.name, `Precondition failed: UID in precondition: ${uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== head.metadata.resourceVersion) {
    throw conflict(info, target.name);
  }
  const metadata = {
    ...head.metadata,
    ...(annotations ? { annotations } : {}),
    ...(labels ? { labels } : {}),
  };
  const pod: StoredObject = { ...head, metadata };
  const refused = bind(pod, node, core.clock.now());
  if (refused !== undefined) throw conflict(info, target.name, refused);
  return core.store.put(collectionOf(core, target.served), idOf(target.namespace, target.name), pod);
}

/** POST pods/NAME/binding: `binding.target.name` is the node. */
export async function bindByRequest(
  core: Core,
  target: Target,
  binding: Binding,
  options: WriteOptions,
): Promise<void> {
  if (binding.metadata?.name !== target.name)
    throw badRequest('name in URL does not match name in Binding object');
  const kind = binding.target?.kind;
  if (kind && kind !== 'Node') throw badRequest('binding a pod: target.kind must be Node');
  if (options.dryRun) return;
  const { uid, resourceVersion, annotations, labels } = binding.metadata ?? {};
  await bindPod(core, target, (pod) => {
    const spec = { ...(pod as Pod).spec, nodeName: binding.target?.name };
    const metadata = {
      ...pod.metadata,
      ...(annotations ? { annotations: { ...pod.metadata.annotations, ...annotations } } : {}),
      ...(labels ? { labels: { ...pod.metadata.labels, ...labels } } : {}),
      uid: uid ?? pod.metadata.uid,
      resourceVersion: resourceVersion ?? pod.metadata.resourceVersion,
    };
    return { ...pod, metadata, spec };
  });
}

const EVICTED = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'EvictionByEvictionAPI',
  message: 'Eviction API: evicting',
} as const;

/** POST pods/NAME/eviction: says why in the pod's status, then deletes it with its grace. There are no budgets here. */
export async function evictPod(
  core: Core,
  target: Target,
  request: DeleteRequest & { readonly dryRun?: boolean },
): Promise<void> {
  const head = headOf(core, target);
  if (!head) throw notFound(target.served.info, target.name);
  const ended = ['Succeeded', 'Failed'].includes((head as Pod).status?.phase ?? '');
  if (!ended && !request.dryRun) {
    const condition = { ...EVICTED, lastTransitionTime: timestamp(core.clock.now()) };
    const change = (pod: StoredObject) => {
      const { status } = pod as Pod;
      const others = (status?.conditions ?? []).filter(({ type }) => type !== EVICTED.type);
      const metadata = { ...pod.metadata, uid: request.preconditions?.uid ?? pod.metadata.uid };
      return { ...pod, metadata, status: { ...status, conditions: [...others, condition] } };
    };
    await updateObject(core, target, change, { subresource: 'status', fieldValidation: 'Ignore' });
  }
  await deleteObject(core, target, request);
}
