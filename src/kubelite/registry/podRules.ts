import type { Pod, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { forbidden as refuse } from '../status.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';
import { type Core, timestamp } from './core.ts';
import type { Draft } from './metadata.ts';
import { podUpdateErrors } from './podUpdate.ts';
import type { KindRules } from './rules.ts';

const PODS = { group: '', plural: 'pods' } as ResourceInfo;

/** The two classes that every cluster has; kubelite serves no others. */
const PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Pods: admission's defaults, an immutable spec, graceful deletion. */
export const podRules: KindRules = {
  unconditionalUpdate: true,
  generation: true,
  statusWritesMetadata: true,
  beforeCreate(core, draft, namespace) {
    const spec = draft.spec as PodSpec | undefined;
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return;
    draft.spec = { ...spec, ...accountOf(core, draft, spec, namespace), ...priorityOf(draft, spec) };
  },
  afterCreate(object) {
    const pod = object as Pod;
    if ((pod.spec?.schedulingGates ?? []).length === 0) return;
    object.status = { ...pod.status, conditions: [...(pod.status?.conditions ?? []), GATED] };
  },
  beforeUpdate(draft, old, subresource) {
    if (subresource !== 'status') return;
    const owners = old.metadata.ownerReferences;
    if (owners) draft.metadata.ownerReferences = owners;
    else delete draft.metadata.ownerReferences;
  },
  refuseUpdate: podUpdateErrors,
  graceSeconds(object, asked) {
    const pod = object as Pod;
    const phase = pod.status?.phase;
    if (!pod.spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
};

const GATED = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as const;

function accountOf(core: Core, draft: Draft, spec: PodSpec, namespace: string | undefined): Partial<PodSpec> {
  const account = spec.serviceAccountName || spec.serviceAccount || 'default';
  if (account !== 'default') {
    const accounts = core.store.collection('/serviceaccounts');
    if (!core.store.head(accounts, `${namespace ?? ''}/${account}`)) {
      const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
      throw refuse(PODS, draft.metadata.name ?? '', why);
    }
  }
  return { serviceAccountName: account, serviceAccount: account };
}

function priorityOf(draft: Draft, spec: PodSpec): Partial<PodSpec> {
  const name = spec.priorityClassName;
  if (!name) return { priority: 0, preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority' };
  const priority = PRIORITIES[name];
  if (priority === undefined) {
    throw refuse(PODS, draft.metadata.name ?? '', `no PriorityClass with name ${name} was found`);
  }
  return { priority, preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority' };
}

/** The pod as bound to a node, or why it can't be. `pod` may be changed. */
export function bind(pod: StoredObject, node: string, now: number): string | undefined {
  const { metadata, spec, status } = pod as Pod & StoredObject;
  const name = metadata.name;
  if (metadata.deletionTimestamp) return `pod ${name} is being deleted, cannot be assigned to a host`;
  if (spec?.nodeName) return `pod ${name} is already assigned to node "${spec.nodeName}"`;
  if ((spec?.schedulingGates ?? []).length > 0) return `pod ${name} has non-empty .spec.schedulingGates`;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const bound = { type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(now) } as const;
  pod.spec = { ...spec, nodeName: node };
  pod.status = { ...status, conditions: [...others, bound] };
  return undefined;
}
