import { OMJOB_GROUP } from '../../../core/omjob/omJob.ts';
import { type PipelineWish, pipelineRights } from '../../../core/pipeline/pipelineRights.ts';
import { selfSubjectAccessReviews } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import type { Finding } from './checks.ts';

/** One verb on one resource of a namespace, or of all. */
export interface CheckedRight {
  readonly verb: string;
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** Every verb on a resource, `runs` or `runs/status`. */
export function rightsOn(group: string, path: string, verbs: readonly string[]): CheckedRight[] {
  const [resource = '', subresource] = path.split('/');
  return verbs.map((verb) => ({
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
  }));
}

/** `patch schedules.endwell.dev`, `get pods/log`; a Run's resource has no group in it, as kubectl takes it. */
export function describeChecked({ verb, group, resource, subresource }: CheckedRight): string {
  const type = group === '' || resource === 'runs' ? resource : `${resource}.${group}`;
  return `${verb} ${type}${subresource === undefined ? '' : `/${subresource}`}`;
}

const OWN = 'endwell.dev';
const ALL = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const;
const WISHES: readonly PipelineWish[] = ['deploy', 'read', 'run', 'kill', 'toggle', 'status', 'delete'];

/** What the commands about runs need; without it nothing can be done. */
const RUNS = [
  ...rightsOn(OWN, 'runs', ['create', 'get', 'list', 'watch', 'patch', 'delete']),
  ...rightsOn('', 'pods', ['create']),
  ...rightsOn('', 'pods/log', ['get']),
];

/** What else people do: whoever does none of it needs none of these. */
const PARTS = [
  { what: 'schedules', rights: rightsOn(OWN, 'schedules', ['get', 'list', 'create', 'patch']) },
  {
    what: 'OMJobs',
    rights: rightsOn(
      OMJOB_GROUP,
      'omjobs',
      ALL.filter((verb) => verb !== 'create'),
    ),
  },
  { what: 'pipelines', rights: WISHES.flatMap(ofPipelines) },
] as const;

function ofPipelines(wish: PipelineWish): CheckedRight[] {
  return pipelineRights(wish, { engine: 'guaranteed', namespace: '' }).map(({ verb, group, resource }) => ({
    verb,
    group,
    resource,
  }));
}

/** May the caller do what the commands about runs need, and what those about schedules, OMJobs and pipelines? One line each. */
export async function checkRights(client: Pick<KubeClient, 'create'>, namespace: string): Promise<Finding[]> {
  const [ofRuns, ...ofParts] = await Promise.all(
    [RUNS, ...PARTS.map(({ rights }) => rights)].map((rights) =>
      missingOf(rights, (right) => mayI(client, { ...right, namespace })),
    ),
  );
  return [
    runsFinding(namespace, ofRuns ?? []),
    ...PARTS.map(({ what }, index) => partFinding(what, ofParts[index] ?? [])),
  ];
}

const ASK = 'ask the cluster’s administrator for a Role with these verbs';

function runsFinding(namespace: string, missing: readonly string[]): Finding {
  const check = `rights in namespace ${namespace}`;
  if (missing.length === 0) return { check, ok: true, said: 'all that the commands about runs need' };
  return { check, ok: false, said: `missing: ${missing.join(', ')}`, fix: ASK };
}

function partFinding(what: string, missing: readonly string[]): Finding {
  const check = `rights on ${what}`;
  if (missing.length === 0) return { check, ok: true, said: `all that the commands about ${what} need` };
  const said = `missing: ${missing.join(', ')}; whoever has no use for ${what} needs none`;
  return { check, ok: true, said, fix: ASK };
}

/** Those of the rights, in words and each once, to which the answer is no. Throws as asking does. */
export async function missingOf(
  rights: readonly CheckedRight[],
  isAllowed: (right: CheckedRight) => Promise<boolean>,
): Promise<string[]> {
  const unique = [...new Map(rights.map((right) => [describeChecked(right), right])).entries()];
  const answers = await Promise.all(unique.map(([, right]) => isAllowed(right)));
  return unique.filter((_, index) => answers[index] !== true).map(([words]) => words);
}

async function mayI(client: Pick<KubeClient, 'create'>, resourceAttributes: object): Promise<boolean> {
  const review = await client.create(selfSubjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes },
  });
  return review.status?.allowed === true;
}
