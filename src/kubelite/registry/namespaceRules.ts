import type { Namespace } from 'kubernetes-types/core/v1.d.ts';
import { forbidden as refuse } from '../status.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';
import type { KindRules } from './rules.ts';

/** Namespaces that every cluster has and nobody may delete. */
export const PERMANENT_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** Holds a namespace until its contents are gone; in `spec.finalizers`, apart from those of the metadata. */
export const NAMESPACE_FINALIZER = 'kubernetes';

const NAME_LABEL = 'kubernetes.io/metadata.name';

const NAMESPACES: Pick<ResourceInfo, 'group' | 'plural'> = { group: '', plural: 'namespaces' };

/** Namespaces: `spec.finalizers` belongs to the subresource `finalize`; a delete makes them Terminating. */
export const namespaceRules: KindRules = {
  unconditionalUpdate: true,
  statusWritesMetadata: true,
  beforeCreate(_core, draft) {
    draft.spec = { finalizers: [NAMESPACE_FINALIZER] };
    const name = draft.metadata.name ?? '';
    draft.metadata.labels = { ...draft.metadata.labels, [NAME_LABEL]: name };
  },
  afterCreate(object) {
    object.status = { phase: 'Active' };
  },
  beforeUpdate(draft, old, subresource) {
    if (subresource !== 'finalize') draft.spec = old.spec;
    const name = old.metadata.name;
    draft.metadata.labels = { ...draft.metadata.labels, [NAME_LABEL]: name };
  },
  beforeDelete(object) {
    if ((PERMANENT_NAMESPACES as readonly string[]).includes(object.metadata.name)) {
      throw refuse(NAMESPACES as ResourceInfo, object.metadata.name, 'this namespace may not be deleted');
    }
  },
  markDeleting(draft) {
    const { deletionGracePeriodSeconds: _none, ...metadata } = draft.metadata;
    draft.metadata = metadata;
    draft.status = { ...(draft.status as object | undefined), phase: 'Terminating' };
  },
  isHeld: (object) => ((object as Namespace).spec?.finalizers ?? []).length > 0,
};

/** True when the namespace takes no new objects. */
export function isTerminating(namespace: StoredObject): boolean {
  return namespace.metadata.deletionTimestamp !== undefined;
}
