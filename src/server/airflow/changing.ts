import { awaitEnds, endJobs } from '../../actions/pipeline/endJobs.ts';
import { isLive, listPipelineJobs } from '../../actions/pipeline/pipelineJobs.ts';
import { removePipeline } from '../../actions/pipeline/removePipeline.ts';
import { togglePipeline } from '../../actions/pipeline/togglePipeline.ts';
import { shortName } from '../../core/naming/pipelineNames.ts';
import { ingestionPipelineSchema } from '../../core/pipeline/entity.ts';
import { pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import { demand } from '../access/demand.ts';
import type { Api } from '../http/api.ts';
import { deployRead, revisionInUse } from '../pipelines/deploy.ts';
import { readEntity, readPipeline } from '../pipelines/entities.ts';
import { demandScope } from '../pipelines/place.ts';
import { deployedWish, triggerAutomation, trigger as triggerRun } from '../pipelines/run.ts';
import type { DialectCall } from './dialect.ts';
import { DialectError, missingArgument } from './dialectError.ts';
import { fetchService } from './fetchService.ts';
import { dagIdOf, dagsCalled, findDag } from './findDag.ts';

/** How long a kill waits for ends, ms: OpenMetadata's user interface shows that it works on it. */
const KILL_WAIT_MS = 20_000;

/** `deploy`: the IngestionPipeline itself is the body. Refuses (400) a second one of a name: later requests have nothing else. */
export async function deploy(api: Api, call: DialectCall): Promise<object> {
  const { settings, send } = api.pipelines;
  await demand(api.access, call.caller, pipelineRights('deploy', settings));
  const pipeline = readEntity(ingestionPipelineSchema, call.body, 'pipeline');
  const dagId = dagIdOf(pipeline.name);
  const others = await dagsCalled(api, settings.namespace, pipeline.name);
  const other = others.find((fqn) => fqn !== pipeline.fullyQualifiedName);
  if (other !== undefined) {
    throw new DialectError(
      400,
      `${other} has the name ${dagId} already, and this API knows no services: give ${pipeline.fullyQualifiedName} another name`,
    );
  }
  const service = await fetchService(send, pipeline, call.signal);
  await deployRead(api, call, settings, readPipeline({ pipeline, service }));
  return { message: `Workflow [${dagId}] has been created` };
}

/** `trigger`: `conf.appConfigOverride` is laid over the configuration of an application; the same `run_id` makes one run. */
export async function trigger(api: Api, call: DialectCall): Promise<object> {
  const { settings } = api.pipelines;
  await demand(api.access, call.caller, pipelineRights('run', settings));
  const { dagId, fqn } = await namedInBody(api, call);
  const conf = call.body['conf'] as { appConfigOverride?: Record<string, unknown> } | undefined;
  const wish = deployedWish(await revisionInUse(api, settings.namespace, fqn), conf?.appConfigOverride);
  const request = { ...call, idempotencyKey: call.query['run_id'] };
  const run = await triggerRun(api, request, settings, wish);
  return { message: `Workflow [${dagId}] has been triggered ${run.runId ?? ''} (${run.jobName ?? ''})` };
}

/** `enable` and `disable`. */
export function setState(state: 'enabled' | 'disabled') {
  return async (api: Api, call: DialectCall): Promise<object> => {
    const { dagId, fqn } = await namedInBody(api, call);
    const scope = await demandScope(api, call.caller, 'toggle', api.pipelines.settings, fqn);
    await togglePipeline(api.client, api, scope, state);
    return { message: `DAG ${dagId} has been ${state}` };
  };
}

/** `kill`: all runs that have not ended; their handlers run. Refuses (404) where none lives. */
export async function kill(api: Api, call: DialectCall): Promise<object> {
  const { client, clock, random } = api;
  const { dagId, fqn } = await namedInBody(api, call);
  const scope = await demandScope(api, call.caller, 'kill', api.pipelines.settings, fqn);
  const { signal, caller } = call;
  const live = (await listPipelineJobs(client, scope, { signal })).filter(isLive);
  if (live.length === 0) {
    throw new DialectError(404, `Workflow [${dagId}] has no running or pending runs nor tasks`);
  }
  await endJobs(client, live, { by: caller.username, reason: 'the pipeline was killed' });
  await awaitEnds({ client, clock, random, scope, waitMs: KILL_WAIT_MS, signal }, live);
  return { message: `Workflow [${dagId}] has been killed` };
}

/** `delete`: the name stands in the query. */
export async function remove(api: Api, call: DialectCall): Promise<object> {
  const dagId = call.query['dag_id'];
  if (!dagId) throw missingArgument('dag_id');
  const { settings } = api.pipelines;
  const fqn = await findDag(api, settings.namespace, dagId);
  const scope = await demandScope(api, call.caller, 'delete', settings, fqn);
  const problems = await removePipeline(api.client, api, scope);
  if (problems.length > 0) throw new DialectError(500, `deleting ${shortName(fqn)}: ${problems.join('; ')}`);
  return { message: `DAG [${dagIdOf(dagId)}] has been deleted` };
}

/** `run_automation`: the Workflow itself is the body. */
export async function runAutomation(api: Api, call: DialectCall): Promise<object> {
  const { settings } = api.pipelines;
  await demand(api.access, call.caller, pipelineRights('run', settings));
  await triggerAutomation(api, { ...call, idempotencyKey: undefined }, settings, call.body);
  return { message: `Workflow [${String(call.body['name'])}] has been triggered.` };
}

async function namedInBody(api: Api, { body }: DialectCall): Promise<{ dagId: string; fqn: string }> {
  const name = body['dag_id'];
  if (typeof name !== 'string' || name === '') throw missingArgument('dag_id');
  return { dagId: dagIdOf(name), fqn: await findDag(api, api.pipelines.settings.namespace, name) };
}
