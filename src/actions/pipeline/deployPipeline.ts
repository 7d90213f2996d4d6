import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.d.ts';
import { subjectSelector } from '../../core/naming/pipelineLabels.ts';
import { pipelineObjectName } from '../../core/naming/pipelineNames.ts';
import {
  type PipelineRevision,
  pipelineRecord,
  revisionOf,
  revisionsOf,
  subjectOf,
} from '../../core/pipeline/deployment.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { listPages } from '../listPages.ts';
import { readNamed } from '../readFresh.ts';
import { Changes } from './changes.ts';
import { scheduleOf } from './engine.ts';
import { ENGINE_KINDS, type EngineKind, SCHEDULES } from './kinds.ts';
import { patiently, type Waiting } from './patience.ts';
import { listPipelineJobs } from './pipelineJobs.ts';
import { releaseSecret, removeAll } from './removePipeline.ts';

/** Where something is deployed, and with which settings. */
export interface DeployPlace extends Waiting {
  readonly client: KubeClient;
  readonly settings: PipelineSettings;
  /** Engines whose objects the caller may touch: what the one that is not in use has left is removed. */
  readonly engines: readonly EngineKind[];
}

/** A deploy failed and what it had changed could not all be brought back. */
export class HalfDeployedError extends Error {
  override readonly name = 'HalfDeployedError';
}

/**
 * Deploys a revision: its Secret, then the schedule that names it, then the ConfigMap that says so, under the version that was
 * read at the beginning: of two deploys at once the later one is wholly in effect. Safe to repeat. What fails half-way is
 * taken back, and its error thrown (`HalfDeployedError` where that failed, too).
 *
 * @param redactedText the workflow for people, without secrets
 */
export async function deployPipeline(
  place: DeployPlace,
  revision: PipelineRevision,
  redactedText: string,
): Promise<void> {
  const record = await patiently(place, () => deployOnce(place, revision, redactedText));
  await sweepRevisions(place, revision.facts.fqn, record).catch(() => {
    // The next deploy does it; this one is in effect.
  });
}

async function deployOnce(
  place: DeployPlace,
  revision: PipelineRevision,
  redactedText: string,
): Promise<ConfigMap> {
  const { client, settings } = place;
  const { namespace } = settings;
  const changes = new Changes(client, place);
  try {
    const before = await readRecord(client, namespace, revision.facts.fqn);
    await changes.put(secrets, revision.secret);
    await holdOtherSchedules(place, changes, revision);
    await putSchedule(place, changes, revision);
    const record = pipelineRecord(revision, redactedText, before);
    const stored = await changes.commit(configMaps, record, before);
    await removeOtherSchedules(place, revision);
    return stored;
  } catch (error) {
    const failures = await changes.takeBack();
    if (failures.length === 0) throw error;
    const left = failures.map(({ message }) => message).join('; ');
    throw new HalfDeployedError(
      `${(error as Error).message}; and not all of it could be taken back: ${left}; deploy again`,
      { cause: error },
    );
  }
}

async function putSchedule(
  { settings }: DeployPlace,
  changes: Changes,
  revision: PipelineRevision,
): Promise<void> {
  const { facts, secret } = revision;
  if (facts.timing === undefined) return;
  const work = { subject: subjectOf(facts), configSecret: secret.metadata?.name ?? '' };
  await changes.put(SCHEDULES[settings.engine], scheduleOf(work, facts.timing, settings));
}

/** Schedules of the engine that is not in use are held before ours is made: whoever dies in between leaves no two that fire. */
async function holdOtherSchedules(
  { client, settings, engines }: DeployPlace,
  changes: Changes,
  { facts }: PipelineRevision,
): Promise<void> {
  const scope = { namespace: settings.namespace, labelSelector: subjectSelector('pipeline', facts.fqn) };
  for (const engine of ENGINE_KINDS) {
    if (engine === settings.engine || !engines.includes(engine)) continue;
    const resource = SCHEDULES[engine];
    const type = { apiVersion: `${resource.group}/${resource.version}`, kind: resource.kind };
    for await (const { metadata, spec } of listPages(client, resource, scope)) {
      const { namespace = '', name = '' } = metadata ?? {};
      const held = { ...type, metadata: { namespace, name }, spec: { ...spec, suspend: true } };
      if (spec?.suspend !== true) await changes.put(resource, held);
    }
  }
}

/** The engine in use has at most the schedule that was just written; the other one has none. */
async function removeOtherSchedules(place: DeployPlace, { facts }: PipelineRevision): Promise<void> {
  const { client, settings } = place;
  const scope = { namespace: settings.namespace, labelSelector: subjectSelector('pipeline', facts.fqn) };
  for (const kind of ENGINE_KINDS) {
    if (!place.engines.includes(kind) || (kind === settings.engine && facts.timing !== undefined)) continue;
    await patiently(place, () => removeAll(client, SCHEDULES[kind], scope));
  }
}

/** Secrets that are no revision to be kept go, each with the last run that reads it. */
async function sweepRevisions(
  { client, settings }: DeployPlace,
  fqn: string,
  record: ConfigMap,
): Promise<void> {
  const { namespace } = settings;
  const kept = new Set(revisionsOf(record));
  const labelSelector = subjectSelector('pipeline', fqn);
  // Runs are listed after the Secrets: a run is younger than the Secret that it reads.
  const old: Secret[] = [];
  for await (const secret of listPages(client, secrets, { namespace, labelSelector })) {
    const isKept = kept.has(secret.metadata?.name ?? '');
    if (revisionOf(secret) !== undefined && !isKept) old.push(secret);
  }
  if (old.length === 0) return;
  const running = await listPipelineJobs(client, { namespace, labelSelector, engines: ENGINE_KINDS });
  for (const secret of old) await releaseSecret(client, secret, running);
}

/** What says how a pipeline is deployed; undefined: it is not. */
export function readRecord(
  client: KubeClient,
  namespace: string,
  fqn: string,
): Promise<ConfigMap | undefined> {
  return readNamed(client, configMaps, { namespace, name: pipelineObjectName({ kind: 'ConfigMap', fqn }) });
}

/** The revision that the Secret of a name holds; undefined: there is none. */
export async function readRevision(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<PipelineRevision | undefined> {
  const secret = await readNamed(client, secrets, { namespace, name });
  return secret && revisionOf(secret);
}
