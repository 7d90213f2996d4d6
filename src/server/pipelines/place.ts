import type { EngineKind } from '../../actions/pipeline/kinds.ts';
import type { JobScope } from '../../actions/pipeline/pipelineJobs.ts';
import { subjectSelector } from '../../core/naming/pipelineLabels.ts';
import { OMJOB_GROUP } from '../../core/omjob/omJob.ts';
import { PIPELINE_GROUPS, type PipelineWish, pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { Caller } from '../access/access.ts';
import { demand } from '../access/demand.ts';
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
  await demand(access, caller, pipelineRights(wish, settings));
  const other: EngineKind = settings.engine === 'native' ? 'guaranteed' : 'native';
  const rights = pipelineRights(wish, { ...settings, engine: other });
  const mayAll = (await Promise.all(rights.map((right) => access.allows(caller, right)))).every(Boolean);
  const { namespace, engine } = settings;
  const engines: EngineKind[] = mayAll ? [engine, other] : [engine];
  return { namespace, labelSelector: subjectSelector('pipeline', fqn), engines };
}

/** Refuses (503) an engine whose kinds the cluster does not serve: nothing would ever run what is made. */
export async function demandEngine({ client }: Api, engine: EngineKind, signal: AbortSignal): Promise<void> {
  const group = PIPELINE_GROUPS[engine];
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
