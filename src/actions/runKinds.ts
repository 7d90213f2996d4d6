import type { OMJob } from '../core/omjob/omJob.ts';
import { omJobStatusBody } from '../core/omjob/statusOf.ts';
import { viewOf } from '../core/omjob/view.ts';
import type { Run, RunStatus } from '../core/run/run.ts';
import { NotFoundError } from '../kube/errors.ts';
import type { KubeClient, KubeObject, ListOptions, Resource } from '../kube/types.ts';
import { readNamed } from './readFresh.ts';
import { omJobs, runs } from './resources.ts';
import type { EffectOptions, Target } from './target.ts';

/** How the runs of one kind are stored: whoever reads or writes one goes through this, and sees a run. */
export interface RunKind {
  readonly resource: Resource<KubeObject>;
  /** The run that an object of this kind is. */
  readonly asRun: (object: KubeObject) => Run;
  /** What is sent to write this status on top of the version of `run` that was read. */
  readonly statusBody: (run: Run, status: RunStatus) => KubeObject;
}

/** Each kind of run. The API server made sure that an object of a kind has its form. */
export const RUN_KINDS: Readonly<Record<Run['kind'], RunKind>> = {
  Run: {
    resource: runs,
    asRun: (object) => object as Run,
    statusBody: (run, status) => ({ ...run, status }) as KubeObject,
  },
  OMJob: {
    resource: omJobs,
    asRun: (object) => viewOf(object as OMJob),
    statusBody: omJobStatusBody,
  },
};

/** The run of that kind and name as the API server has it now, past any cache; undefined: there is none. */
export async function readRunNamed(
  client: KubeClient,
  ref: { readonly kind: Run['kind']; readonly namespace: string; readonly name: string },
  options: EffectOptions = {},
): Promise<Run | undefined> {
  const { resource, asRun } = RUN_KINDS[ref.kind];
  const found = await readNamed(client, resource, ref, options);
  return found && asRun(found);
}

/** The same, and only that very run: another UID is absence. */
export async function readRun(
  client: KubeClient,
  ref: Target & { readonly kind: Run['kind'] },
  options: EffectOptions = {},
): Promise<Run | undefined> {
  const found = await readRunNamed(client, ref, options);
  return found?.metadata.uid === ref.uid ? found : undefined;
}

/** All runs of these kinds, and the version that each kind's list is of. A kind that the cluster does not have has none. */
export async function listRuns(
  client: KubeClient,
  kinds: readonly Run['kind'][],
  scope: Pick<ListOptions, 'namespace'>,
  options: EffectOptions = {},
): Promise<{ readonly runs: Run[]; readonly versions: ReadonlyMap<Run['kind'], string> }> {
  const listed: Run[] = [];
  const versions = new Map<Run['kind'], string>();
  for (const kind of kinds) {
    const { resource, asRun } = RUN_KINDS[kind];
    const list = await client.listAll(resource, { ...scope, ...options }).catch(noneOfKind(kind));
    if (list === undefined) continue;
    versions.set(kind, list.resourceVersion);
    listed.push(...list.items.map((item) => asRun(withType(kind, item))));
  }
  return { runs: listed, versions };
}

/** A page of the runs of one kind, with the token of the next. A kind that the cluster does not have has none. */
export async function listRunPage(
  client: KubeClient,
  kind: Run['kind'],
  options: ListOptions,
): Promise<{ readonly runs: readonly Run[]; readonly continueToken?: string }> {
  const { resource, asRun } = RUN_KINDS[kind];
  const page = await client.list(resource, options).catch(noneOfKind(kind));
  if (page === undefined) return { runs: [] };
  const { items, continueToken } = page;
  return {
    runs: items.map((item) => asRun(withType(kind, item))),
    ...(continueToken === undefined ? {} : { continueToken }),
  };
}

function noneOfKind(kind: Run['kind']): (error: unknown) => undefined {
  return (error) => {
    if (kind === 'OMJob' && error instanceof NotFoundError) return undefined;
    throw error;
  };
}

/** Items of a list come without their kind. */
function withType(kind: Run['kind'], item: KubeObject): KubeObject {
  const { group, version } = RUN_KINDS[kind].resource;
  return { ...item, apiVersion: `${group}/${version}`, kind };
}
