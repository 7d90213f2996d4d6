import type { Secret } from 'kubernetes-types/core/v1.d.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { listPages } from '../listPages.ts';
import { refOf, targetOf } from '../target.ts';
import { deleteJob } from './endJobs.ts';
import { type PipelineJob, SCHEDULES } from './kinds.ts';
import { patiently, type Waiting } from './patience.ts';
import { type JobScope, listPipelineJobs } from './pipelineJobs.ts';

/**
 * Deletes all that belongs to a pipeline, whichever engine made it: schedules first, then runs (their exit handlers run), then
 * configuration. A Secret that a run still reads goes with that run. What is gone already is no failure. Returns what could
 * not be deleted and why; empty when all of it is gone or going.
 */
export async function removePipeline(
  client: KubeClient,
  waiting: Waiting,
  scope: JobScope,
): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async (work: () => Promise<void>) => {
    await patiently(waiting, work).catch((error: unknown) => problems.push((error as Error).message));
  };
  for (const kind of scope.engines) await attempt(() => removeAll(client, SCHEDULES[kind], scope));
  let running: PipelineJob[] = [];
  await attempt(async () => {
    running = await listPipelineJobs(client, scope);
    await Promise.all(running.map((job) => deleteJob(client, job)));
  });
  await attempt(() => removeAll(client, configMaps, scope));
  // Not while runs may be there that were not seen: their handlers would find no configuration.
  if (problems.length === 0) await attempt(() => removeSecrets(client, scope, running));
  return problems;
}

/** Deletes all of a kind that a selector matches; what is gone already is no failure. */
export async function removeAll<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  scope: Pick<JobScope, 'namespace' | 'labelSelector'>,
): Promise<void> {
  for await (const object of listPages(client, resource, scope)) await remove(client, resource, object);
}

async function removeSecrets(
  client: KubeClient,
  scope: JobScope,
  running: readonly PipelineJob[],
): Promise<void> {
  for await (const secret of listPages(client, secrets, scope)) await releaseSecret(client, secret, running);
}

/** Deletes a Secret once none of the runs that read it is there any more: at once, or by Kubernetes' garbage collector. */
export async function releaseSecret(
  client: KubeClient,
  secret: Secret,
  running: readonly PipelineJob[],
): Promise<void> {
  const name = secret.metadata?.name ?? '';
  const readers = running.filter(({ object }) => reads(object.spec, name));
  if (readers.length === 0) return remove(client, secrets, secret);
  const { uid, resourceVersion } = secret.metadata ?? {};
  const metadata = { uid, resourceVersion, ownerReferences: readers.map(ownerOf) };
  await client
    .patch(secrets, refOf(targetOf(secret)), { type: 'merge', body: { metadata } })
    .catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
}

/** The owner reference by which something goes with a run. */
export function ownerOf({ engine, object }: PipelineJob) {
  const { name, uid } = targetOf(object);
  return engine === 'native'
    ? { apiVersion: 'batch/v1', kind: 'Job', name, uid }
    : { apiVersion: object.apiVersion, kind: 'OMJob', name, uid };
}

/** Whether a variable of any container is read from the Secret of that name. */
function reads(part: unknown, name: string): boolean {
  if (Array.isArray(part)) return part.some((item) => reads(item, name));
  if (typeof part !== 'object' || part === null) return false;
  const { secretKeyRef, secretRef, secretName } = part as Readonly<Record<string, unknown>>;
  if (secretName === name || nameOf(secretKeyRef) === name || nameOf(secretRef) === name) return true;
  return Object.values(part).some((value) => reads(value, name));
}

function nameOf(reference: unknown): unknown {
  return (reference as { name?: unknown } | undefined)?.name;
}

async function remove(client: KubeClient, resource: Resource<KubeObject>, object: KubeObject): Promise<void> {
  const { uid } = targetOf(object);
  const options = { propagationPolicy: 'Background', preconditions: { uid } } as const;
  await client.delete(resource, refOf(targetOf(object)), options).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}
