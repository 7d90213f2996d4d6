import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { runNow, type WantedRun } from '../../actions/pipeline/runPipeline.ts';
import type { Routes } from '../../contract/routes.ts';
import type { PipelineSubject } from '../../core/naming/pipelineLabels.ts';
import { shortName } from '../../core/naming/pipelineNames.ts';
import { bodyHash, idempotencyHash } from '../../core/naming/request.ts';
import { type PipelineAnswer, triggeredAnswer, validatedAnswer } from '../../core/pipeline/answers.ts';
import { configText, factsOf, type PipelineRevision, subjectOf } from '../../core/pipeline/deployment.ts';
import { applicationSchema, automationSchema } from '../../core/pipeline/entity.ts';
import { pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { type Workflow, withAppConfig } from '../../core/pipeline/workflow.ts';
import type { Random } from '../../ports/clock.ts';
import type { Caller } from '../access/access.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { revisionInUse } from './deploy.ts';
import { configurationOf, readEntity, readPipeline, refusing } from './entities.ts';
import { saying } from './failed.ts';
import { demandEngine, settingsFor } from './place.ts';

/** The request that a run comes from. */
export interface RunRequest {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** The body as it came. */
  readonly rawBody: string;
  readonly idempotencyKey: string | undefined;
}

/** What a run is to be, before it has an id. */
type Wish = Pick<WantedRun, 'subject' | 'config'>;

type RunCall = Call<Routes['runPipeline']>;

/** `POST /pipelines/{fqn}/run`: as it is deployed, as the body says, or with values for this run alone. */
export async function runPipeline(api: Api, call: RunCall): Promise<Reply> {
  const settings = settingsFor(api, call.query);
  await demand(api.access, call.caller, pipelineRights('run', settings));
  const { params, body } = call;
  const wish =
    body.pipeline === undefined
      ? deployedWish(await revisionInUse(api, settings.namespace, params.fqn), body.config)
      : givenWish(params.fqn, { ...body, pipeline: body.pipeline });
  return json(200, await trigger(api, requestOf(call), settings, wish));
}

/** A run of what is deployed, with values for this run alone where some are given. */
export function deployedWish(
  revision: PipelineRevision,
  overlay: Readonly<Record<string, unknown>> | undefined,
): Wish {
  const { facts, secret } = revision;
  const subject = subjectOf(facts);
  if (overlay === undefined) {
    return { subject, config: { kind: 'revision', secret: secret.metadata?.name ?? '' } };
  }
  const deployed = parse(configText(revision)) as Workflow;
  const workflow = refusing(() => withAppConfig(deployed, overlay));
  return { subject, config: { kind: 'own', configuration: configurationOf(facts.fqn, workflow) } };
}

function givenWish(fqn: string, body: RunCall['body'] & { readonly pipeline: unknown }): Wish {
  const { pipeline, workflow } = readPipeline(body);
  const facts = factsOf(pipeline);
  if (facts.fqn !== fqn) {
    const message = `is ${facts.fqn}, and the path says ${fqn}; name one pipeline`;
    throw new Refusal('SpecInvalid', `pipeline.fullyQualifiedName ${message}`, {
      problems: [{ field: 'pipeline.fullyQualifiedName', message }],
    });
  }
  const { config } = body;
  const laid = config === undefined ? workflow : refusing(() => withAppConfig(workflow, config));
  return {
    subject: subjectOf(facts),
    config: { kind: 'own', configuration: configurationOf(fqn, laid, pipeline) },
  };
}

/** `POST /automations`. */
export async function runAutomation(api: Api, call: Call<Routes['runAutomation']>): Promise<Reply> {
  const settings = settingsFor(api, call.query);
  await demand(api.access, call.caller, pipelineRights('run', settings));
  return json(200, await triggerAutomation(api, requestOf(call), settings, call.body));
}

/** Runs an automation workflow that the caller may run. */
export function triggerAutomation(
  api: Api,
  request: RunRequest,
  settings: PipelineSettings,
  body: Readonly<Record<string, unknown>>,
): Promise<PipelineAnswer> {
  const workflow = readEntity(automationSchema, body, '');
  return trigger(
    api,
    request,
    settings,
    bodyWish('automation', workflow.fullyQualifiedName ?? workflow.name, workflow),
  );
}

/** `POST /applications/{name}/run`. */
export async function runApplication(api: Api, call: Call<Routes['runApplication']>): Promise<Reply> {
  const settings = settingsFor(api, call.query);
  await demand(api.access, call.caller, pipelineRights('run', settings));
  return json(200, await trigger(api, requestOf(call), settings, applicationWish(call)));
}

/** `POST /applications/{name}/validate`: all that is judged before a run, and no run. */
export async function validateApplication(
  api: Api,
  call: Call<Routes['validateApplication']>,
): Promise<Reply> {
  const settings = settingsFor(api, call.query);
  await demand(api.access, call.caller, pipelineRights('run', settings));
  applicationWish(call);
  await demandEngine(api, settings.engine, call.signal);
  return json(200, validatedAnswer());
}

function applicationWish({ params, body }: Pick<Call<Routes['runApplication']>, 'params' | 'body'>): Wish {
  const application = readEntity(applicationSchema, { ...body, name: body['name'] ?? params.name }, '');
  return bodyWish('application', params.name, application);
}

function bodyWish(kind: 'automation' | 'application', fqn: string, workflow: Workflow): Wish {
  const subject: PipelineSubject = { kind, fqn };
  return { subject, config: { kind: 'own', configuration: configurationOf(fqn, workflow) } };
}

/** Makes the run; the same Idempotency-Key makes the same one. */
export async function trigger(
  api: Api,
  request: RunRequest,
  settings: PipelineSettings,
  wish: Wish,
): Promise<PipelineAnswer> {
  await demandEngine(api, settings.engine, request.signal);
  const { client, clock, random } = api;
  const { idempotencyKey: key, rawBody } = request;
  const { kind, fqn } = wish.subject;
  const wanted: WantedRun = {
    ...wish,
    runId: key === undefined ? newRunId(random) : runIdFrom(settings.namespace, `${kind} ${fqn} ${key}`),
    ...(key === undefined ? {} : { bodyHash: bodyHash(rawBody) }),
  };
  const doing = { verb: 'trigger', name: shortName(fqn), namespace: settings.namespace } as const;
  const run = await saying(doing, () => runNow({ client, clock, random, settings }, wanted));
  return triggeredAnswer(kind, run);
}

function requestOf(call: Pick<RunCall, 'caller' | 'signal' | 'rawBody' | 'headers'>): RunRequest {
  const { caller, signal, rawBody, headers } = call;
  return { caller, signal, rawBody, idempotencyKey: headers['idempotency-key'] };
}

/** A UUID, version 4. */
function newRunId(random: Random): string {
  return uuidOf(Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(''), '4');
}

/** The same key gives the same UUID (version 8: made as we like). */
function runIdFrom(namespace: string, key: string): string {
  const hash = createHash('sha256').update(idempotencyHash(namespace, key)).digest('hex');
  return uuidOf(hash.slice(0, 32), '8');
}

function uuidOf(hex: string, version: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `${version}${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
