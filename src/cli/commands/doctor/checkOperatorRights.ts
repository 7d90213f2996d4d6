import { OMJOB_GROUP } from '../../../core/omjob/omJob.ts';
import { ForbiddenError, NotFoundError } from '../../../kube/errors.ts';
import { leases, serviceAccounts, subjectAccessReviews } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { type CheckedRight, missingOf, rightsOn } from './checkRights.ts';
import type { Finding } from './checks.ts';

/** The account and the lease of the operator, as the install manifest names them. */
const OPERATOR = 'endwell-operator';

/** What the operator needs for kinds that a ClusterRole from before them does not name: without it they are left alone. */
export const OPERATOR_RIGHTS: readonly CheckedRight[] = [
  ...rightsOn('endwell.dev', 'schedules', ['get', 'list', 'watch']),
  ...rightsOn('endwell.dev', 'schedules/status', ['patch']),
  ...rightsOn('endwell.dev', 'runs', ['create']),
  ...rightsOn(OMJOB_GROUP, 'omjobs', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  ...rightsOn(OMJOB_GROUP, 'omjobs/status', ['update']),
  ...rightsOn(OMJOB_GROUP, 'cronomjobs', ['get', 'list', 'watch']),
  ...rightsOn(OMJOB_GROUP, 'cronomjobs/status', ['patch']),
];

/**
 * May the installed operator do what schedules and OMJobs need? Nothing is said of one that runs by another account, as that of
 * `up` or of a person.
 */
export async function checkOperatorRights(client: KubeClient): Promise<Finding[]> {
  const check = 'rights of the operator';
  try {
    const { items } = await client.list(leases, { fieldSelector: `metadata.name=${OPERATOR}` });
    const namespace = items[0]?.metadata?.namespace;
    if (namespace === undefined) return [];
    await client.get(serviceAccounts, { namespace, name: OPERATOR });
    const missing = await missingOf(OPERATOR_RIGHTS, (right) => isOperatorsRight(client, namespace, right));
    if (missing.length === 0)
      return [{ check, ok: true, said: 'all that schedules, OMJobs and pipelines need' }];
    return [
      {
        check,
        ok: false,
        said: `missing: ${missing.join(', ')}: what needs them is left alone`,
        fix: 'apply the ClusterRole of this version (deploy/install.yaml); no restart is needed',
      },
    ];
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    if (!(error instanceof ForbiddenError)) throw error;
    return [
      { check, ok: true, said: 'you may not ask for the rights of others; whether it has all is not known' },
    ];
  }
}

/** Whether the operator's account has the right, in all namespaces. */
async function isOperatorsRight(
  client: KubeClient,
  namespace: string,
  resourceAttributes: CheckedRight,
): Promise<boolean> {
  const user = `system:serviceaccount:${namespace}:${OPERATOR}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const review = await client.create(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes },
  });
  return review.status?.allowed === true;
}
