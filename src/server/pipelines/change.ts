import { awaitEnds, endJobs } from '../../actions/pipeline/endJobs.ts';
import { isLive, listPipelineJobs, runIdOf } from '../../actions/pipeline/pipelineJobs.ts';
import { removePipeline } from '../../actions/pipeline/removePipeline.ts';
import { togglePipeline as toggle } from '../../actions/pipeline/togglePipeline.ts';
import type { Routes } from '../../contract/routes.ts';
import { sanitizeName, shortName } from '../../core/naming/pipelineNames.ts';
import { deletedAnswer, killedAnswer, toggledAnswer } from '../../core/pipeline/answers.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { demandScope, settingsFor } from './place.ts';

/** `POST /pipelines/{fqn}/kill`: asks all live runs to end, then waits for their ends. */
export function killPipeline(api: Api, call: Call<Routes['killPipeline']>): Promise<Reply> {
  return kill(api, call, undefined);
}

/** `POST /pipelines/{fqn}/runs/{runId}/kill`. Refuses (404) a run that is not known. */
export function killPipelineRun(api: Api, call: Call<Routes['killPipelineRun']>): Promise<Reply> {
  return kill(api, call, call.params.runId);
}

type KillCall = Pick<Call<Routes['killPipeline']>, 'params' | 'query' | 'body' | 'caller' | 'signal'>;

async function kill(api: Api, call: KillCall, runId: string | undefined): Promise<Reply> {
  const { params, query, body, caller, signal } = call;
  const { client, clock, random } = api;
  const scope = await demandScope(api, caller, 'kill', settingsFor(api, query), params.fqn);
  const found = await listPipelineJobs(client, scope, { signal });
  const meant = found.filter((job) => runId === undefined || runIdOf(job) === runId);
  if (runId !== undefined && meant.length === 0) {
    throw new Refusal(
      'NotFound',
      `pipeline ${params.fqn} has no run ${runId} in namespace ${scope.namespace}`,
    );
  }
  const live = meant.filter(isLive);
  await endJobs(client, live, { by: caller.username, reason: 'the pipeline was killed' });
  const wait = { client, clock, random, scope, waitMs: body.waitSeconds * 1000, signal };
  const left = await awaitEnds(wait, live);
  return json(left.length === 0 ? 200 : 202, killedAnswer(live.length, sanitizeName(shortName(params.fqn))));
}

/** `DELETE /pipelines/{fqn}`: safe to repeat. What could not be deleted is named, with code 500. */
export async function deletePipeline(
  api: Api,
  { params, query, caller }: Call<Routes['deletePipeline']>,
): Promise<Reply> {
  const scope = await demandScope(api, caller, 'delete', settingsFor(api, query), params.fqn);
  return json(200, deletedAnswer(await removePipeline(api.client, api, scope)));
}

/** `POST /pipelines/{fqn}/toggle`: sets the state, whatever it was. */
export async function togglePipeline(
  api: Api,
  { params, query, body, caller }: Call<Routes['togglePipeline']>,
): Promise<Reply> {
  const scope = await demandScope(api, caller, 'toggle', settingsFor(api, query), params.fqn);
  const state = body.enabled ? 'enabled' : 'disabled';
  return json(200, toggledAnswer(await toggle(api.client, api, scope, state)));
}
