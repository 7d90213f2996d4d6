import type { EngineKind } from '../../actions/pipeline/kinds.ts';
import type { JobScope } from '../../actions/pipeline/pipelineJobs.ts';
import { subjectSelector } from '../../core/naming/pipelineLabels.ts';
import { OMJOB_GROUP } from '../../core/omjob/omJob.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { Caller } from '../access/access.ts';
import { demand } from '../access/demand.ts';
import type { Right } from '../access/right.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';

/** The settings of pipelines, in the namespace that the request names. */
export function settingsFor(
  { pipelines }: Api,
  query: { readonly namespace?: string | undefined },
): PipelineSettings {
  return { ...pipelines.settings, namespace: query.namespace ?? pipelines.settings.namespace };
}

/**
 * All that belongs to a pipeline in a namespace. Refuses (403) who may not do this with the engine in use. What the other engine
 * has left is looked at, too, where the caller may.
 */
export async function demandScope(
  { access }: Api,
  caller: Caller,
  wish: PipelineWish,
  settings: PipelineSettings,
  fqn: string,
): Promise<JobScope> {
  await demand(access, caller, rightsFor(wish, settings));
  const other: EngineKind = settings.engine === 'native' ? 'guaranteed' : 'native';
  const rights = rightsFor(wish, { ...settings, engine: other });
  const mayAll = (await Promise.all(rights.map((right) => access.allows(caller, right)))).every(Boolean);
  const { namespace, engine } = settings;
  const engines: EngineKind[] = mayAll ? [engine, other] : [engine];
  return { namespace, labelSelector: subjectSelector('pipeline', fqn), engines };
}

/** What a caller wants to do with pipelines. */
export type PipelineWish = 'deploy' | 'read' | 'run' | 'kill' | 'toggle' | 'status' | 'delete';

const KINDS = {
  guaranteed: { group: OMJOB_GROUP, jobs: 'omjobs', schedules: 'cronomjobs' },
  native: { group: 'batch', jobs: 'jobs', schedules: 'cronjobs' },
} as const satisfies Record<EngineKind, object>;

/** The Kubernetes rights that a wish amounts to. The right to run a pipeline is the right to create pods. */
export function rightsFor(wish: PipelineWish, { engine, namespace }: PipelineSettings): Right[] {
  const { group, jobs, schedules } = KINDS[engine];
  const on = (resource: string, ...verbs: Right['verb'][]): Right[] =>
    verbs.map((verb) => ({
      verb,
      group: resource === jobs || resource === schedules ? group : '',
      resource,
      namespace,
    }));
  switch (wish) {
    case 'deploy':
      return [
        ...on('secrets', 'create', 'patch'),
        ...on('configmaps', 'create', 'patch'),
        ...on(schedules, 'create', 'patch', 'delete'),
        ...on('pods', 'create'),
      ];
    case 'read':
      return [...on('configmaps', 'get'), ...on(schedules, 'get')];
    case 'run':
      return [...on('secrets', 'create'), ...on(jobs, 'create'), ...on('pods', 'create')];
    case 'kill':
      return on(jobs, 'list', engine === 'native' ? 'delete' : 'patch');
    case 'toggle':
      return on(schedules, 'patch');
    case 'status':
      return on(jobs, 'list');
    case 'delete':
      return ['secrets', 'configmaps', jobs, schedules].flatMap((resource) => on(resource, 'delete'));
    default:
      return wish satisfies never;
  }
}

/** Refuses (503) an engine whose kinds the cluster does not serve: nothing would ever run what is made. */
export async function demandEngine({ client }: Api, engine: EngineKind, signal: AbortSignal): Promise<void> {
  const { group } = KINDS[engine];
  try {
    await client.raw('GET', `/apis/${group}/v1`, undefined, { signal });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new Refusal('EngineUnavailable', MISSING[engine], { cause: error });
  }
}

const MISSING: Readonly<Record<EngineKind, string>> = {
  guaranteed: `the cluster does not serve ${OMJOB_GROUP}/v1; install the resources: endwell crds | kubectl apply --server-side -f -`,
  native:
    'the native engine makes plain Jobs and CronJobs, and this cluster has no controller for them: kubelite has none, so it runs on real clusters only; use the guaranteed engine (useOMJobOperator: true)',
};
