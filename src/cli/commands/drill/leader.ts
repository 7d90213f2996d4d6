import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { ForbiddenError, NotFoundError } from '../../../kube/errors.ts';
import { leases, pods } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { describeMissing, missingRights } from './rights.ts';

/** The pod of the operator that leads. */
export interface LeaderPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** As the lease names it. */
  readonly holder: string;
}

/** The leader that may be restarted, or why none is. */
export type Restartable =
  | { readonly kind: 'yes'; readonly leader: LeaderPod }
  | { readonly kind: 'no'; readonly why: string };

/** Finds the leader's pod. Only one that somebody replaces, and that the caller may delete, is to be restarted. */
export async function findRestartable(client: KubeClient): Promise<Restartable> {
  try {
    return await look(client);
  } catch (error) {
    if (error instanceof ForbiddenError) return no((error as Error).message);
    throw error;
  }
}

async function look(client: KubeClient): Promise<Restartable> {
  const held = await heldLeases(client);
  const [lease, another] = held;
  if (lease === undefined) return no('nobody holds the lease endwell-operator');
  if (another !== undefined)
    return no(`several hold a lease: in ${held.map(({ namespace }) => namespace).join(', ')}`);
  const { namespace, holder } = lease;
  // `<host>_<pid>_<random>`: the host of a pod is its name.
  const name = holder.split('_')[0] ?? '';
  const pod = await findPod(client, namespace, name);
  if (pod === undefined)
    return no(`the leader ${holder} is no pod of namespace ${namespace}: it runs outside of the cluster`);
  if (!pod.metadata?.ownerReferences?.some(({ controller }) => controller === true))
    return no(`nobody would replace pod ${namespace}/${name}: it has no controller`);
  const missing = await missingRights(client, [{ verb: 'delete', group: '', resource: 'pods', namespace }]);
  if (missing.length > 0) return no(describeMissing(missing).join('; '));
  return { kind: 'yes', leader: { namespace, name, uid: pod.metadata.uid ?? '', holder } };
}

/** Deletes the leader's pod; its controller makes another one. */
export async function restartLeader(client: KubeClient, { namespace, name, uid }: LeaderPod): Promise<void> {
  await client.delete(pods, { namespace, name }, { preconditions: { uid } });
}

/** Whether somebody else leads by now. */
export async function hasNewLeader(client: KubeClient, old: LeaderPod): Promise<boolean> {
  const held = await heldLeases(client);
  return held.some(({ namespace, holder }) => namespace === old.namespace && holder !== old.holder);
}

async function heldLeases(client: KubeClient): Promise<{ namespace: string; holder: string }[]> {
  const { items } = await client.list(leases, { fieldSelector: 'metadata.name=endwell-operator' });
  return items.flatMap(({ metadata, spec }) =>
    spec?.holderIdentity ? [{ namespace: metadata?.namespace ?? '', holder: spec.holderIdentity }] : [],
  );
}

async function findPod(client: KubeClient, namespace: string, name: string): Promise<Pod | undefined> {
  try {
    return await client.get(pods, { namespace, name });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

const no = (why: string): Restartable => ({ kind: 'no', why });
