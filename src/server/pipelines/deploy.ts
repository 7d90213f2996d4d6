import { parse } from 'yaml';
import { deployPipeline as deploy, readRecord, readRevision } from '../../actions/pipeline/deployPipeline.ts';
import { SCHEDULES } from '../../actions/pipeline/kinds.ts';
import { readNamed } from '../../actions/readFresh.ts';
import type { PipelineAnswer } from '../../contract/routes/pipelines.ts';
import type { Routes } from '../../contract/routes.ts';
import { pipelineObjectName, shortName } from '../../core/naming/pipelineNames.ts';
import { deployedAnswer, type PipelineAnswer as WireAnswer } from '../../core/pipeline/answers.ts';
import {
  configText,
  factsOf,
  newRevision,
  type PipelineRevision,
  revisionsOf,
} from '../../core/pipeline/deployment.ts';
import { pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import type { Workflow } from '../../core/pipeline/workflow.ts';
import type { Caller } from '../access/access.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { configurationOf, type ReadPipeline, readPipeline, redactedText } from './entities.ts';
import { saying } from './failed.ts';
import { demandEngine, demandScope, settingsFor } from './place.ts';

/** Who asks, for as long as it is there. */
interface Asking {
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** `POST /pipelines`: all of it is judged before anything is written. */
export async function deployPipeline(api: Api, call: Call<Routes['deployPipeline']>): Promise<Reply> {
  const settings = settingsFor(api, call.query);
  return json(200, await deployRead(api, call, settings, readPipeline(call.body)));
}

/** Deploys a pipeline that was read. Its caller has gone on waiting or not: what is begun is finished or taken back. */
export async function deployRead(
  api: Api,
  asking: Asking,
  settings: PipelineSettings,
  { pipeline, workflow }: ReadPipeline,
): Promise<WireAnswer> {
  const facts = factsOf(pipeline);
  const configuration = configurationOf(facts.fqn, workflow, pipeline);
  const revision = newRevision(facts, settings.namespace, configuration);
  return put(api, asking, settings, revision, workflow);
}

async function put(
  api: Api,
  { caller, signal }: Asking,
  settings: PipelineSettings,
  revision: PipelineRevision,
  workflow: Workflow,
): Promise<WireAnswer> {
  const { fqn } = revision.facts;
  const { engines, namespace } = await demandScope(api, caller, 'deploy', settings, fqn);
  await demandEngine(api, settings.engine, signal);
  const { client, clock, random } = api;
  const place = { client, clock, random, settings, engines };
  const doing = { verb: 'deploy', name: shortName(fqn), namespace } as const;
  await saying(doing, () => deploy(place, revision, redactedText(workflow)));
  return deployedAnswer();
}

/** `POST /pipelines/{fqn}/rollback`: to the revision before, or to one that is named. */
export async function rollbackPipeline(api: Api, call: Call<Routes['rollbackPipeline']>): Promise<Reply> {
  const { params, query, body, caller } = call;
  const settings = settingsFor(api, query);
  await demand(api.access, caller, pipelineRights('deploy', settings));
  const revisions = await revisionNames(api, settings.namespace, params.fqn);
  const wanted = body.revision;
  const name = wanted === undefined ? revisions[1] : revisions.find((one) => one.endsWith(`-${wanted}`));
  if (name === undefined) throw noRevision(params.fqn, wanted, revisions);
  const found = await readRevision(api.client, settings.namespace, name);
  if (found === undefined) throw noRevision(params.fqn, wanted, revisions);
  const workflow = parse(configText(found)) as Workflow;
  const security = found.secret.data?.['securityConfig'];
  const configuration = {
    text: configText(found),
    ...(security === undefined ? {} : { security: Buffer.from(security, 'base64').toString('utf8') }),
  };
  const revision = newRevision(found.facts, settings.namespace, configuration);
  return json(200, await put(api, call, settings, revision, workflow));
}

async function revisionNames({ client }: Api, namespace: string, fqn: string): Promise<string[]> {
  const record = await readRecord(client, namespace, fqn);
  if (record === undefined) throw notDeployed(fqn, namespace);
  return revisionsOf(record);
}

function noRevision(fqn: string, wanted: string | undefined, revisions: readonly string[]): Refusal {
  const kept = revisions.map((name) => name.split('-').at(-1)).join(', ');
  const which = wanted === undefined ? 'no revision before the one in use' : `no revision ${wanted}`;
  return new Refusal('NotFound', `pipeline ${fqn} has ${which}; kept: ${kept}`);
}

function notDeployed(fqn: string, namespace: string): Refusal {
  return new Refusal(
    'NotFound',
    `pipeline ${fqn} is not deployed in namespace ${namespace}; deploy it first, or send it with the request`,
  );
}

/** The revision of a pipeline that is in use; undefined: it is not deployed. */
export async function readDeployment(
  { client }: Api,
  namespace: string,
  fqn: string,
): Promise<PipelineRevision | undefined> {
  const record = await readRecord(client, namespace, fqn);
  const [name] = record === undefined ? [] : revisionsOf(record);
  return name === undefined ? undefined : readRevision(client, namespace, name);
}

/** The revision of a pipeline that is in use. Refuses (404) one that is not deployed. */
export async function revisionInUse(api: Api, namespace: string, fqn: string): Promise<PipelineRevision> {
  const revision = await readDeployment(api, namespace, fqn);
  if (revision === undefined) throw notDeployed(fqn, namespace);
  return revision;
}

/** `GET /pipelines/{fqn}`. */
export async function getPipeline(
  api: Api,
  { params, query, caller, signal }: Call<Routes['getPipeline']>,
): Promise<Reply> {
  const settings = settingsFor(api, query);
  const { namespace, engine } = settings;
  await demand(api.access, caller, pipelineRights('read', settings));
  const names = await revisionNames(api, namespace, params.fqn);
  const { facts } = await revisionInUse(api, namespace, params.fqn);
  const kind = engine === 'guaranteed' ? 'CronOMJob' : 'CronJob';
  const name = pipelineObjectName({ kind, fqn: params.fqn });
  const schedule = await readNamed(api.client, SCHEDULES[engine], { namespace, name }, { signal });
  const { schedule: cron = '', timeZone = 'UTC', suspend = false } = schedule?.spec ?? {};
  const answer: PipelineAnswer = {
    fullyQualifiedName: facts.fqn,
    name: shortName(facts.fqn),
    pipelineType: facts.pipelineType,
    namespace,
    engine,
    schedule: schedule === undefined ? null : { name, cron, timeZone, enabled: !suspend },
    revisions: names.map((one) => one.split('-').at(-1) ?? one),
  };
  return json(200, answer);
}
