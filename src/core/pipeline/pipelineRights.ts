import { OMJOB_GROUP } from '../omjob/omJob.ts';
import type { PipelineSettings } from './pipelineSettings.ts';

type Engine = PipelineSettings['engine'];

/** What a caller wants to do with pipelines. */
export type PipelineWish = 'deploy' | 'read' | 'run' | 'kill' | 'toggle' | 'status' | 'delete';

/** A Kubernetes right of a namespace. */
export interface PipelineRight {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
}

/** API group of what each engine makes. */
export const PIPELINE_GROUPS: Readonly<Record<Engine, string>> = { guaranteed: OMJOB_GROUP, native: 'batch' };

const RESOURCES = {
  guaranteed: { jobs: 'omjobs', schedules: 'cronomjobs' },
  native: { jobs: 'jobs', schedules: 'cronjobs' },
} as const satisfies Record<Engine, object>;

/** The Kubernetes rights that a wish amounts to. The right to run a pipeline is the right to create pods. */
export function pipelineRights(
  wish: PipelineWish,
  { engine, namespace }: Pick<PipelineSettings, 'engine' | 'namespace'>,
): PipelineRight[] {
  const { jobs, schedules } = RESOURCES[engine];
  const on = (resource: string, ...verbs: PipelineRight['verb'][]): PipelineRight[] =>
    verbs.map((verb) => ({
      verb,
      group: resource === jobs || resource === schedules ? PIPELINE_GROUPS[engine] : '',
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
