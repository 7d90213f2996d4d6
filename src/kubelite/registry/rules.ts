import type { FieldError } from '../../kubernetes/fieldError.ts';
import type { StoredObject } from '../types.ts';
import type { Served } from './catalogue.ts';
import type { Core } from './core.ts';
import { crdRules } from './crdRules.ts';
import { configMapRules, controllerRevisionRules, secretRules } from './immutableRules.ts';
import type { Draft } from './metadata.ts';
import { namespaceRules } from './namespaceRules.ts';
import { podRules } from './podRules.ts';

/** What sets one kind apart from the others. All functions may change the draft that they are given. */
export interface KindRules {
  /** False: a PUT must name a resourceVersion. */
  readonly unconditionalUpdate?: boolean;
  /** A PUT of a name that isn't there creates it. */
  readonly createOnUpdate?: boolean;
  /** True: `metadata.generation` starts at 1 and rises when the spec changes. */
  readonly generation?: boolean;
  /** A status write may also change labels, annotations, finalizers. */
  readonly statusWritesMetadata?: boolean;
  /** Before defaults and checks of the schema; may refuse by throwing. */
  beforeCreate?(core: Core, draft: Draft, namespace: string | undefined): void;
  /** After them: the object as it will be stored. */
  afterCreate?(object: StoredObject): void;
  /** Before the schema sees an update: puts back what this kind lets nobody change. */
  beforeUpdate?(draft: Draft, old: StoredObject, subresource: string | undefined): void;
  /** What this kind lets nobody change, as errors. */
  refuseUpdate?(next: StoredObject, old: StoredObject): readonly FieldError[];
  /** Seconds of grace that a delete gives; a kind without it deletes at once. */
  graceSeconds?(object: StoredObject, asked: number | undefined): number;
  /** Before a delete; may refuse by throwing. */
  beforeDelete?(object: StoredObject): void;
  /** What a first delete does to an object that can't go yet, beside its deletionTimestamp. */
  markDeleting?(draft: StoredObject): void;
  /** True while something beside the finalizers of the metadata holds the object. */
  isHeld?(object: StoredObject): boolean;
}

const PLAIN: KindRules = { unconditionalUpdate: true };
const CUSTOM: KindRules = { unconditionalUpdate: false, generation: true };

const BUILT_IN: Readonly<Record<string, KindRules>> = {
  '/pods': podRules,
  '/namespaces': namespaceRules,
  '/nodes': { unconditionalUpdate: true, statusWritesMetadata: true },
  '/secrets': secretRules,
  '/configmaps': configMapRules,
  '/events': { unconditionalUpdate: true, createOnUpdate: true },
  'apps/controllerrevisions': controllerRevisionRules,
  'coordination.k8s.io/leases': { unconditionalUpdate: false, createOnUpdate: true },
  'apiextensions.k8s.io/customresourcedefinitions': crdRules,
};

/** The rules of a resource's kind. */
export function rulesOf(served: Served): KindRules {
  return served.custom ? CUSTOM : (BUILT_IN[served.collection] ?? PLAIN);
}
