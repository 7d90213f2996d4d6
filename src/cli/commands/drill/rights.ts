import { selfSubjectAccessReviews } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';

/** One verb on one resource, as RBAC has them. */
export interface Right {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Left out: asked for in the namespace of the drill, or for the cluster where the resource has no namespace. */
  readonly namespace?: string;
  /** Left out: of any name. */
  readonly name?: string;
}

/** Resources that the drill uses, with the verbs that it needs on each and what for. */
const NEEDED = [
  { group: '', resource: 'namespaces', verbs: ['get', 'create', 'delete'], isClusterWide: true },
  { group: '', resource: 'resourcequotas', verbs: ['create', 'get'] },
  // create: only to ask, by a dry run, whether the cluster takes such pods. patch: to free them where no operator works.
  { group: '', resource: 'pods', verbs: ['create', 'list', 'watch', 'delete', 'patch'] },
  {
    group: 'endwell.dev',
    resource: 'runs',
    verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'],
  },
] as const;

/** What the drill needs, all of it. */
export function neededRights(namespace: string): Right[] {
  return NEEDED.flatMap(({ group, resource, verbs, ...rest }) =>
    verbs.map((verb) => ({ verb, group, resource, ...('isClusterWide' in rest ? {} : { namespace }) })),
  );
}

/** Those of the rights that the caller does not have. Changes nothing. */
export async function missingRights(
  client: Pick<KubeClient, 'create'>,
  rights: readonly Right[],
): Promise<Right[]> {
  const answers = await Promise.all(rights.map((right) => mayI(client, right)));
  return rights.filter((_, index) => answers[index] !== true);
}

async function mayI(client: Pick<KubeClient, 'create'>, right: Right): Promise<boolean> {
  const review = await client.create(selfSubjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: right },
  });
  return review.status?.allowed === true;
}

/** One line a right: what is missing, and the RBAC rule that gives it. */
export function describeMissing(missing: readonly Right[]): string[] {
  return missing.map((right) => `missing right: ${nameOf(right)}; add the rule ${ruleOf(right)}`);
}

/** `delete pods in namespace x`, `create runs.endwell.dev in namespace x`, `create namespaces`. */
export function nameOf({ verb, group, resource, namespace, name }: Right): string {
  const of = group === '' ? '' : `.${group}`;
  const one = name === undefined ? '' : ` ${name}`;
  return `${verb} ${resource}${of}${one}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function ruleOf({ verb, group, resource }: Right): string {
  return `{ apiGroups: [${group === '' ? '""' : group}], resources: [${resource}], verbs: [${verb}] }`;
}
