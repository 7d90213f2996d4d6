import type { ResourceInfo } from '../types.ts';

/** A built-in resource and by which fields it can be selected, beside its name and namespace. */
export interface BuiltinKind extends ResourceInfo {
  readonly selectableFields: readonly string[];
}

function kind(
  group: string,
  name: string,
  more: Partial<BuiltinKind> & { readonly plural: string },
): BuiltinKind {
  return {
    group,
    version: 'v1',
    kind: name,
    singular: name.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    hasStatus: false,
    selectableFields: [],
    ...more,
  };
}

/** The kinds that kubelite stores, named as Kubernetes names them (`kubectl api-resources`). */
export const BUILTIN_KINDS: readonly BuiltinKind[] = [
  kind('', 'Pod', {
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
    selectableFields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  }),
  kind('', 'ConfigMap', { plural: 'configmaps', shortNames: ['cm'] }),
  kind('', 'Secret', { plural: 'secrets', selectableFields: ['type'] }),
  kind('', 'ServiceAccount', { plural: 'serviceaccounts', shortNames: ['sa'] }),
  kind('', 'Event', {
    plural: 'events',
    shortNames: ['ev'],
    selectableFields: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  }),
  kind('', 'Namespace', {
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    selectableFields: ['status.phase'],
  }),
  kind('', 'Node', {
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    hasStatus: true,
    selectableFields: ['spec.unschedulable'],
  }),
  kind('apps', 'ControllerRevision', { plural: 'controllerrevisions' }),
  kind('coordination.k8s.io', 'Lease', { plural: 'leases' }),
  kind('apiextensions.k8s.io', 'CustomResourceDefinition', {
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    hasStatus: true,
  }),
];
