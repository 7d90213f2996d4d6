import { PIPELINE_LABEL, type PipelineSubject } from '../../core/naming/pipelineLabels.ts';
import { pipelineObjectName } from '../../core/naming/pipelineNames.ts';
import { REQUEST_ANNOTATION } from '../../core/naming/request.ts';
import type { TriggeredRun } from '../../core/pipeline/answers.ts';
import { runSecret, type StoredConfiguration } from '../../core/pipeline/objects/configuration.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import { secrets } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { readNamed } from '../readFresh.ts';
import { refOf, targetOf } from '../target.ts';
import { Changes } from './changes.ts';
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
 * Makes a run now. Safe to repeat with the same id. A Secret of its own goes with the run. Throws as the API does, with nothing
 * left behind, and `RunIdReusedError`.
 */
export async function runNow(place: RunPlace, wanted: WantedRun): Promise<TriggeredRun> {
  const { client, settings } = place;
  const { subject, runId, config } = wanted;
  const jobName = pipelineObjectName({ kind: NAME_KIND[subject.kind], fqn: subject.fqn, runId });
  const run = { kind: 'now', runId, jobName } as const;
  const configSecret = config.kind === 'revision' ? config.secret : jobName;
  const job = marked(jobOf({ subject, configSecret }, run, settings), wanted);
  const earlier = await patiently(place, () => earlierRun(client, wanted, job));
  if (earlier !== undefined) return run;
  if (config.kind === 'revision') {
    await createJob(place, wanted, job);
    return run;
  }
  const changes = new Changes(client, place);
  try {
    await changes.put(secrets, runSecret(subject, settings.namespace, run, config.configuration));
    const made = await createJob(place, wanted, job);
    await patiently(place, () => ownSecret(client, made, jobName));
  } catch (error) {
    await changes.takeBack();
    throw error;
  }
  return run;
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

async function ownSecret(client: KubeClient, job: PipelineJob, name: string): Promise<void> {
  const { namespace } = targetOf(job.object);
  const body = { metadata: { ownerReferences: [ownerOf(job)] } };
  await client.patch(secrets, refOf({ namespace, name }), { type: 'merge', body }).catch((error: unknown) => {
    // It went with its run, which has ended and gone.
    if (!(error instanceof NotFoundError)) throw error;
  });
}
