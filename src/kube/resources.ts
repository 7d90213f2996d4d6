import type { CustomResourceDefinition } from 'kubernetes-types/apiextensions/v1.d.ts';
import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import type { TokenReview } from 'kubernetes-types/authentication/v1.d.ts';
import type { SelfSubjectAccessReview, SubjectAccessReview } from 'kubernetes-types/authorization/v1.d.ts';
import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import type {
  ConfigMap,
  Event,
  Namespace,
  Node,
  Pod,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from 'kubernetes-types/core/v1.d.ts';
import type { KubeObject, Resource } from './types.ts';

/** The built-in kinds that Endwell reads or writes; source of group, version and plural: the Kubernetes API reference. */
type Scope = 'namespaced' | 'cluster';

function core<T extends KubeObject>(kind: string, plural: string, scope: Scope): Resource<T> {
  return builtIn<T>('', kind, plural, scope);
}

function builtIn<T extends KubeObject>(
  group: string,
  kind: string,
  plural: string,
  scope: Scope,
): Resource<T> {
  return { group, version: 'v1', kind, plural, namespaced: scope === 'namespaced' };
}

/** v1 Pod. */
export const pods = core<Pod>('Pod', 'pods', 'namespaced');
/** v1 Secret. */
export const secrets = core<Secret>('Secret', 'secrets', 'namespaced');
/** v1 ConfigMap. */
export const configMaps = core<ConfigMap>('ConfigMap', 'configmaps', 'namespaced');
/** v1 Event (core group; the newer events.k8s.io shows the same objects in another shape). */
export const events = core<Event>('Event', 'events', 'namespaced');
/** v1 Namespace. */
export const namespaces = core<Namespace>('Namespace', 'namespaces', 'cluster');
/** v1 ResourceQuota. */
export const resourceQuotas = core<ResourceQuota>('ResourceQuota', 'resourcequotas', 'namespaced');
/** v1 Node. */
export const nodes = core<Node>('Node', 'nodes', 'cluster');
/** v1 ServiceAccount; subresource `token` makes a bound token. */
export const serviceAccounts = core<ServiceAccount>('ServiceAccount', 'serviceaccounts', 'namespaced');
/** coordination.k8s.io/v1 Lease. */
export const leases = builtIn<Lease>('coordination.k8s.io', 'Lease', 'leases', 'namespaced');
/** apps/v1 ControllerRevision: an immutable blob with a revision number. */
export const controllerRevisions = builtIn<ControllerRevision>(
  'apps',
  'ControllerRevision',
  'controllerrevisions',
  'namespaced',
);
/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export const customResourceDefinitions = builtIn<CustomResourceDefinition>(
  'apiextensions.k8s.io',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  'cluster',
);
/** authorization.k8s.io/v1 SubjectAccessReview: may that user do this? Create only. */
export const subjectAccessReviews = builtIn<SubjectAccessReview>(
  'authorization.k8s.io',
  'SubjectAccessReview',
  'subjectaccessreviews',
  'cluster',
);
/** authorization.k8s.io/v1 SelfSubjectAccessReview: may I do this? Create only. */
export const selfSubjectAccessReviews = builtIn<SelfSubjectAccessReview>(
  'authorization.k8s.io',
  'SelfSubjectAccessReview',
  'selfsubjectaccessreviews',
  'cluster',
);
/** authentication.k8s.io/v1 TokenReview: whose token is this? Create only. */
export const tokenReviews = builtIn<TokenReview>(
  'authentication.k8s.io',
  'TokenReview',
  'tokenreviews',
  'cluster',
);
