import { omJobs } from '../../actions/pipeline/kinds.ts';
import { patiently } from '../../actions/pipeline/patience.ts';
import type { Routes } from '../../contract/routes.ts';
import {
  healthyAnswer,
  hostIpAnswer,
  missingRightsAnswer,
  type PipelineAnswer,
  unreachableAnswer,
} from '../../core/pipeline/answers.ts';
import { namespaceMissing } from '../../core/pipeline/failure.ts';
import { pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { namespaces } from '../../kube/resources.ts';
import type { Caller } from '../access/access.ts';
import { describeRight } from '../access/right.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { refusalOf } from '../http/refusalOf.ts';
import { demandEngine, settingsFor } from './place.ts';

/** `GET /pipelines/-/host`. */
export async function pipelineHost(api: Api, { query }: Call<Routes['pipelineHost']>): Promise<Reply> {
  return json(200, hostOf(api, settingsFor(api, query)));
}

/** Where pipelines run from, as far as it is known. */
export function hostOf(api: Api, { hostIp, namespace }: PipelineSettings): { readonly ip: string } {
  const { hostName } = api.pipelines;
  return hostIpAnswer({
    namespace,
    ...(hostIp === undefined ? {} : { hostIp }),
    ...(hostName === undefined ? {} : { hostName }),
  });
}

/** `GET /pipelines/-/service-status`. */
export async function pipelineServiceStatus(
  api: Api,
  { query, caller, signal }: Call<Routes['pipelineServiceStatus']>,
): Promise<Reply> {
  return json(200, await serviceStatus(api, settingsFor(api, query), caller, signal));
}

/**
 * Whether pipelines can be run: the cluster answers, has the namespace and what runs jobs, and the caller has all rights. A
 * cluster that is away for a moment is asked again a few times.
 */
export async function serviceStatus(
  api: Api,
  settings: PipelineSettings,
  caller: Caller,
  signal: AbortSignal,
): Promise<PipelineAnswer> {
  try {
    const version = await patiently(api, () => look(api, settings, signal));
    const missing = await missingRights(api, settings, caller);
    if (missing.kinds.length > 0) return missingRightsAnswer(settings, missing.kinds, missing.said);
    return healthyAnswer(settings, version);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return unreachableAnswer(settings, refusal.problem.detail);
  }
}

/** The cluster's version. */
async function look(api: Api, settings: PipelineSettings, signal: AbortSignal): Promise<string | undefined> {
  const { client } = api;
  const { namespace, engine } = settings;
  const { gitVersion } = await client.raw<{ gitVersion?: string }>('GET', '/version', undefined, { signal });
  await client.get(namespaces, { name: namespace }, { signal }).catch((cause: unknown) => {
    if (cause instanceof NotFoundError) throw new Refusal('NotFound', namespaceMissing(namespace), { cause });
  });
  await demandEngine(api, engine, signal);
  if (engine === 'guaranteed') await client.list(omJobs, { namespace, limit: 1, signal });
  return gitVersion;
}

async function missingRights(api: Api, settings: PipelineSettings, caller: Caller) {
  const rights = (['deploy', 'run', 'kill', 'status'] as const).flatMap((wish) =>
    pipelineRights(wish, settings),
  );
  const allowed = await Promise.all(rights.map((right) => api.access.allows(caller, right)));
  const missing = rights.filter((_, index) => allowed[index] !== true);
  const kinds = [...new Set(missing.map(({ resource }) => KINDS[resource] ?? resource))];
  return { kinds, said: [...new Set(missing.map(describeRight))].join(', ') };
}

/** Kinds as the sentence about missing rights names them. */
const KINDS: Readonly<Record<string, string>> = {
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  pods: 'Pod',
  jobs: 'Job',
  cronjobs: 'CronJob',
  omjobs: 'OMJob',
  cronomjobs: 'CronOMJob',
};
