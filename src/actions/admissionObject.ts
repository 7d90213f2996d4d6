import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { type AdmissionRecord, recordData, recordOf } from '../core/admission/batch.ts';
import { ADMISSION_OBJECT } from '../core/naming/naming.ts';
import { AlreadyExistsError, ConflictError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import { configMaps } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** The object as one of our writes left it: the next one has its resourceVersion as precondition. */
export interface AdmissionObject {
  readonly object: ConfigMap;
  readonly record: AdmissionRecord;
}

/**
 * Begins an epoch: from the moment that this is stored no leader before us can grant anything. Returns the object with
 * the last batch of the epoch before, which may be written to its runs or not. Throws ConflictError when somebody else
 * wrote meanwhile: then try again, if we still lead.
 */
export async function beginEpoch(
  client: KubeClient,
  namespace: string,
  holder: string,
  options: EffectOptions = {},
): Promise<AdmissionObject> {
  const before = await read(client, namespace, options);
  const { epoch, batch } = recordOf(before?.data);
  return store(client, before ?? empty(namespace), { epoch: epoch + 1, holder, number: 0, batch }, options);
}

/**
 * Stores the next batch of our epoch. Throws ConflictError when another epoch has begun: then nothing of the batch may
 * be told to anybody.
 */
export async function storeBatch(
  client: KubeClient,
  { object, record }: AdmissionObject,
  batch: AdmissionRecord['batch'],
  options: EffectOptions = {},
): Promise<AdmissionObject> {
  return store(client, object, { ...record, number: record.number + 1, batch }, options);
}

async function store(
  client: KubeClient,
  object: ConfigMap,
  record: AdmissionRecord,
  options: EffectOptions,
): Promise<AdmissionObject> {
  const wanted = { ...object, data: recordData(record) };
  try {
    return { object: await write(client, wanted, options), record };
  } catch (error) {
    if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
    const stored = await read(client, object.metadata?.namespace ?? '', options);
    if (stored !== undefined && isSame(stored, wanted)) return { object: stored, record };
    throw error;
  }
}

/** Somebody who deleted the object took no word back: it is made again, unless another leader has made it since. */
async function write(client: KubeClient, wanted: ConfigMap, options: EffectOptions): Promise<ConfigMap> {
  if (wanted.metadata?.resourceVersion === undefined) return create(client, wanted, options);
  try {
    return await client.replace(configMaps, wanted, withSignal(options));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const { namespace = '' } = wanted.metadata;
    return create(client, { ...empty(namespace), ...(wanted.data ? { data: wanted.data } : {}) }, options);
  }
}

async function create(client: KubeClient, wanted: ConfigMap, options: EffectOptions): Promise<ConfigMap> {
  try {
    return await client.create(configMaps, wanted, withSignal(options));
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    throw new ConflictError({
      message: `creating configmap ${ADMISSION_OBJECT}: another leader was first`,
      status: 409,
      reason: 'Conflict',
      cause: error,
    });
  }
}

async function read(
  client: KubeClient,
  namespace: string,
  options: EffectOptions,
): Promise<ConfigMap | undefined> {
  try {
    return await client.get(configMaps, { namespace, name: ADMISSION_OBJECT }, withSignal(options));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function empty(namespace: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: ADMISSION_OBJECT } };
}

function isSame(a: ConfigMap, b: ConfigMap): boolean {
  const fields = Object.keys(b.data ?? {});
  return fields.every((field) => a.data?.[field] === b.data?.[field]);
}
