import type { Draft } from './metadata.ts';
import type { KindRules } from './rules.ts';

/** Holds a CustomResourceDefinition until the objects that it made are gone. */
export const CRD_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** CustomResourceDefinitions: each carries the finalizer from the start, so none can leave objects behind. */
export const crdRules: KindRules = {
  unconditionalUpdate: false,
  generation: true,
  beforeCreate(_core, draft: Draft) {
    const finalizers = draft.metadata.finalizers ?? [];
    if (!finalizers.includes(CRD_FINALIZER)) draft.metadata.finalizers = [...finalizers, CRD_FINALIZER];
  },
  afterCreate(object) {
    const { versions } = object.spec as CrdSpec;
    const storedVersions = versions.filter(({ storage }) => storage).map(({ name }) => name);
    object.status = { acceptedNames: { kind: '', plural: '' }, conditions: [], storedVersions };
  },
};

interface CrdSpec {
  readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
}
