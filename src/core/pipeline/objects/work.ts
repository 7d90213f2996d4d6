import type { EnvVar } from 'kubernetes-types/core/v1.d.ts';
import type { PipelineSubject } from '../../naming/pipelineLabels.ts';

/** What a pod is to do: of an ingestion, a test of a connection, or an application. */
export interface PipelineWork {
  readonly subject: PipelineSubject;
  /** Secret that holds the configuration, under {@link CONFIG_KEY}. */
  readonly configSecret: string;
}

/** One run that is asked for now, or the runs that a schedule makes. */
export type PipelineOccasion =
  /** `runId` is the pipeline's own id, a UUID; `jobName` the whole name of the object. */
  { readonly kind: 'now'; readonly runId: string; readonly jobName: string } | { readonly kind: 'scheduled' };

/** Where the workflow stands in a Secret and in a ConfigMap, as the ingestion image's documents have it. */
export const CONFIG_KEY = 'config';

/** What main runs, in the ingestion image. */
export const MAIN_COMMAND = {
  pipeline: ['python', 'main.py'],
  automation: ['python', 'run_automation.py'],
  application: ['python', '-m', 'metadata.applications.runner'],
} as const satisfies Record<PipelineSubject['kind'], readonly string[]>;

/** What reports the end of a run to OpenMetadata, in the ingestion image. */
export const EXIT_COMMAND = ['python', 'exit_handler.py'] as const;

/** Variables that name a run. The two engines differ in how a scheduled run learns its own. */
export interface RunVariables {
  readonly pipelineRunId: EnvVar;
  readonly jobName: EnvVar;
}

/** What the ingestion image is told: its configuration by reference, never by value, and which run it is. */
export function workEnvironment(
  { subject, configSecret }: PipelineWork,
  namespace: string,
  { pipelineRunId, jobName }: RunVariables,
): EnvVar[] {
  const config: EnvVar = {
    name: 'config',
    valueFrom: { secretKeyRef: { name: configSecret, key: CONFIG_KEY } },
  };
  const place: EnvVar[] = [jobName, { name: 'namespace', value: namespace }];
  if (subject.kind !== 'pipeline') return [config, ...place];
  return [
    { name: 'pipelineType', value: subject.pipelineType },
    pipelineRunId,
    { name: 'ingestionPipelineFQN', value: subject.fqn },
    config,
    ...place,
  ];
}

/** Variables of the installation after ours; one of the same name is left out, so that no name stands twice. */
export function withExtra(env: readonly EnvVar[], extra: readonly EnvVar[]): EnvVar[] {
  const names = new Set(env.map(({ name }) => name));
  return [...env, ...extra.filter(({ name }) => !names.has(name))];
}
