import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.d.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { PipelineSubject } from '../naming/pipelineLabels.ts';
import type { IngestionPipeline } from './entity.ts';
import { configMap, type StoredConfiguration, secretRevision } from './objects/configuration.ts';
import { type PipelineTiming, pipelineTiming } from './objects/timing.ts';
import { CONFIG_KEY } from './objects/work.ts';

/** What has to be known of a deployed pipeline to run, schedule and show it; no secrets. */
export interface PipelineFacts {
  readonly fqn: string;
  readonly pipelineType: string;
  /** Undefined: it runs on demand only. */
  readonly timing?: PipelineTiming;
}

/** What a deployed pipeline runs: the Secret of a revision, and the facts that it was deployed with. */
export interface PipelineRevision {
  readonly secret: Secret;
  readonly facts: PipelineFacts;
}

/** How many revisions are kept, the one in use included. */
const KEPT_REVISIONS = 3;

/** On the Secret of a revision: the facts of its last deployment. */
const FACTS_ANNOTATION = 'endwell.dev/pipeline';

/** On the ConfigMap of a pipeline: names of the Secrets of its revisions, the one in use first. */
const REVISIONS_ANNOTATION = 'endwell.dev/revisions';

/** What has to be known of a pipeline later. */
export function factsOf(pipeline: IngestionPipeline): PipelineFacts {
  const timing = pipelineTiming(pipeline);
  const { fullyQualifiedName: fqn, pipelineType } = pipeline;
  return { fqn, pipelineType, ...(timing === undefined ? {} : { timing }) };
}

/** The subject that a pipeline's objects are labelled by. */
export function subjectOf({ fqn, pipelineType }: PipelineFacts): PipelineSubject {
  return { kind: 'pipeline', fqn, pipelineType };
}

/** A revision to deploy: a configuration with the facts of the pipeline. */
export function newRevision(
  facts: PipelineFacts,
  namespace: string,
  configuration: StoredConfiguration,
): PipelineRevision {
  const secret = secretRevision(subjectOf(facts), namespace, configuration);
  const annotations = { ...secret.metadata?.annotations, [FACTS_ANNOTATION]: JSON.stringify(facts) };
  // Owners that a deletion gave it, so that it goes with the last run, must not take it now.
  const metadata: ObjectMeta = { ...secret.metadata, annotations, ownerReferences: [] };
  return { secret: { ...secret, metadata }, facts };
}

/** The revision that a Secret holds; undefined: it is none of a deployment. */
export function revisionOf(secret: Secret): PipelineRevision | undefined {
  const facts = secret.metadata?.annotations?.[FACTS_ANNOTATION];
  return facts === undefined ? undefined : { secret, facts: JSON.parse(facts) as PipelineFacts };
}

/** The workflow of a revision as YAML, with its secrets. */
export function configText({ secret }: PipelineRevision): string {
  return Buffer.from(secret.data?.[CONFIG_KEY] ?? '', 'base64').toString('utf8');
}

/**
 * The ConfigMap of a pipeline: for people the workflow with its secrets redacted, and the revisions that are kept. It is written
 * last: what it says is deployed.
 */
export function pipelineRecord(
  { facts, secret }: PipelineRevision,
  redactedText: string,
  before: ConfigMap | undefined,
): ConfigMap {
  const { namespace = '', name = '' } = secret.metadata ?? {};
  const record = configMap(subjectOf(facts), namespace, redactedText);
  const others = (before === undefined ? [] : revisionsOf(before)).filter((other) => other !== name);
  const revisions = [name, ...others].slice(0, KEPT_REVISIONS).join(',');
  const annotations = { ...record.metadata?.annotations, [REVISIONS_ANNOTATION]: revisions };
  return { ...record, metadata: { ...record.metadata, annotations } };
}

/** Names of the Secrets of the revisions that are kept, the one in use first. */
export function revisionsOf({ metadata }: ConfigMap): string[] {
  return (metadata?.annotations?.[REVISIONS_ANNOTATION] ?? '').split(',').filter(Boolean);
}
