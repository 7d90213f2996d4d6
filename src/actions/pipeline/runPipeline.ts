import type { Secret } from 'kubernetes-types/core/v1.d.ts';
import { PIPELINE_LABEL, type PipelineSubject } from '../../core/naming/pipelineLabels.ts';
import { pipelineObjectName } from '../../core/naming/pipelineNames.ts';
import { REQUEST_ANNOTATION } from '../../core/naming/request.ts';
import type { TriggeredRun } from '../../core/pipeline/answers.ts';
import { runSecret, type StoredConfiguration } from '../../core/pipeline/objects/configuration.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { AlreadyExistsError, ConflictError } from '../../kube/errors.ts';
import { secrets } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { readNamed } from '../readFresh.ts';
import { targetOf } from '../target.ts';
import { deleteJob } from './endJobs.ts';
import { jobOf } from './engine.ts';
import { jobs, omJobs, type PipelineJob } from './kinds.ts';
import { patiently, type Waiting } from './patience.ts';
import { ownerOf } from './removePipeline.ts';

/** Where a run is made, and with which settings. */
export interface RunPlace extends Waiting {
  readonly client: KubeClient;
  readonly settings: PipelineSettings;
}

/** A run that is asked for. */
export interface WantedRun {
  readonly subject: PipelineSubject;
  /** The pipeline's own id of the run, a UUID. The same id asked for again is the same run. */
  readonly runId: string;
  /** What it runs: the Secret of a revision, or a workflow of its own. */
  readonly config:
    | { readonly kind: 'revision'; readonly secret: string }
    | { readonly kind: 'own'; readonly configuration: StoredConfiguration };
  /** Hash of the request's body, where the id comes from its Idempotency-Key. */
  readonly bodyHash?: string;
}

/** The id was used for a run that was asked for by another body. */
export class RunIdReusedError extends Error {
  override readonly name = 'RunIdReusedError';
}

const NAME_KIND = { pipeline: 'Run', automation: 'Automation', application: 'Application' } as const;

/**
 * Makes a run now. Safe to repeat with the same id: what an earlier try has not come to is done. A Secret of its own is made
 * after the run and belongs to it from the first moment, so that whoever dies in between leaves no Secret; a run that waits for
 * one in vain ends by its own limits. Throws as the API does, with nothing left behind, and `RunIdReusedError`.
 */
export async function runNow(place: RunPlace, wanted: WantedRun): Promise<TriggeredRun> {
  const { client, settings } = place;
  const { subject, runId, config } = wanted;
  const jobName = pipelineObjectName({ kind: NAME_KIND[subject.kind], fqn: subject.fqn, runId });
  const run = { kind: 'now', runId, jobName } as const;
  const configSecret = config.kind === 'revision' ? config.secret : jobName;
  const job = marked(jobOf({ subject, configSecret }, run, settings), wanted);
  const earlier = await patiently(place, () => earlierRun(client, wanted, job));
  if (config.kind === 'own') {
    const secret = runSecret(subject, settings.namespace, run, config.configuration);
    await makeWithSecret(place, wanted, { job, secret, earlier });
  } else if (earlier === undefined) await createJob(place, wanted, job);
  return run;
}

/** A run that brings its configuration, and what an earlier try has made of it. */
interface RunWithSecret {
  readonly job: PipelineJob;
  readonly secret: Secret;
  readonly earlier: PipelineJob | undefined;
}

async function makeWithSecret(place: RunPlace, wanted: WantedRun, parts: RunWithSecret): Promise<void> {
  const { job, secret, earlier } = parts;
  // A Secret that is refused is refused before there is a run, whose handler would wait for it.
  if (earlier === undefined) await patiently(place, () => tryToStore(place.client, secret));
  try {
    const made = earlier ?? (await createJob(place, wanted, job));
    await patiently(place, () => giveSecret(place.client, made, secret));
  } catch (error) {
    if (earlier === undefined) await takeBack(place, wanted, job, secret);
    throw error;
  }
}

async function tryToStore(client: KubeClient, secret: Secret): Promise<void> {
  const trial = { dryRun: true, fieldValidation: 'Strict' } as const;
  await client.create(secrets, secret, trial).catch((error: unknown) => {
    if (!(error instanceof AlreadyExistsError)) throw error;
  });
}

/** Stores the Secret as the run's own. One that is there already and belongs to another run is going with it: a conflict. */
async function giveSecret(client: KubeClient, job: PipelineJob, secret: Secret): Promise<void> {
  const owner = ownerOf(job);
  const owned = { ...secret, metadata: { ...secret.metadata, ownerReferences: [owner] } };
  try {
    await client.create(secrets, owned, { fieldValidation: 'Strict' });
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    const there = await readNamed(client, secrets, targetOf(secret));
    if (there?.metadata?.ownerReferences?.some(({ uid }) => uid === owner.uid)) return;
    const message = `storing the configuration of ${owner.name}: a Secret of that name belongs to something else`;
    throw new ConflictError({ message, status: 409, reason: 'Conflict', cause: error });
  }
}

/** Removes a run that has not got its Secret. One that has got it was made by another request with the same id. */
async function takeBack(place: RunPlace, wanted: WantedRun, job: PipelineJob, secret: Secret): Promise<void> {
  const { client } = place;
  await patiently(place, async () => {
    const made = await earlierRun(client, wanted, job);
    if (made === undefined || (await readNamed(client, secrets, targetOf(secret))) !== undefined) return;
    await deleteJob(client, made);
  }).catch(() => {
    // Without its configuration it ends by its own limits, and says what is missing.
  });
}

/** The body's hash stands on the job, so that the same id with another body is seen. */
function marked(job: PipelineJob, { bodyHash }: WantedRun): PipelineJob {
  if (bodyHash === undefined) return job;
  const { metadata } = job.object;
  const annotations = { ...metadata?.annotations, [REQUEST_ANNOTATION.body]: bodyHash };
  return {
    engine: job.engine,
    object: { ...job.object, metadata: { ...metadata, annotations } },
  } as PipelineJob;
}

function resourceOf({ engine }: PipelineJob): Resource<KubeObject> {
  return engine === 'native' ? jobs : omJobs;
}

/** The run that this id made before; undefined: none. Refuses an id that another body made a run with. */
async function earlierRun(
  client: KubeClient,
  { runId, bodyHash }: WantedRun,
  job: PipelineJob,
): Promise<PipelineJob | undefined> {
  const object = await readNamed(client, resourceOf(job), targetOf(job.object));
  if (object?.metadata?.labels?.[PIPELINE_LABEL.runId] !== runId) return undefined;
  if (object.metadata.annotations?.[REQUEST_ANNOTATION.body] !== bodyHash) {
    throw new RunIdReusedError(
      `making run ${runId}: it was made by another request; use a new Idempotency-Key for a new one`,
    );
  }
  return { engine: job.engine, object } as PipelineJob;
}

/** A name that is taken by the same id is the run that a lost answer had made. */
function createJob(place: RunPlace, wanted: WantedRun, job: PipelineJob): Promise<PipelineJob> {
  const { client } = place;
  return patiently(place, async () => {
    try {
      const object = await client.create(resourceOf(job), job.object, { fieldValidation: 'Strict' });
      return { engine: job.engine, object } as PipelineJob;
    } catch (error) {
      const earlier = error instanceof AlreadyExistsError && (await earlierRun(client, wanted, job));
      if (!earlier) throw error;
      return earlier;
    }
  });
}
