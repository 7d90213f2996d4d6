import type { Run, RunStatus } from '../core/run/run.ts';
import { assertNextStatus } from '../core/run/status.ts';
import { ConflictError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import { isObject, sameJson } from '../kubernetes/json.ts';
import { RUN_KINDS, readRun } from './runKinds.ts';
import { type EffectOptions, targetOf, withSignal } from './target.ts';

/** After a lost answer the write is tried again at most so often; its precondition makes that safe. */
const MAX_TRIES = 3;

/** The API server took a status and kept nothing of it: the definition of the kind lacks our field. */
export class StatusDroppedError extends Error {
  override readonly name = 'StatusDroppedError';
}

/**
 * Writes the whole status on top of the version of `run` that was read, as revision +1, and returns the run as stored.
 * Throws ConflictError when the run has changed since, NotFoundError when it is gone, StatusDroppedError when nothing of it
 * was kept; throws without writing when the status is too big or its phase can't follow (a defect of ours).
 */
export async function writeRunStatus(
  client: KubeClient,
  run: Run,
  next: RunStatus,
  options: EffectOptions = {},
): Promise<Run> {
  const status: RunStatus = { ...next, revision: (run.status?.revision ?? 0) + 1 };
  assertNextStatus(run, status);
  const wanted = { ...run, status };
  const { resource, asRun, statusBody } = RUN_KINDS[run.kind];
  const body = statusBody(run, status);
  for (let tries = 1; ; tries += 1) {
    try {
      const how = { ...withSignal(options), subresource: 'status' };
      return kept(asRun(await client.replace(resource, body, how)), wanted);
    } catch (error) {
      if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
      const landed = await findLanded(client, wanted, options, error);
      if (landed) return landed;
      if (tries >= MAX_TRIES) throw error;
    }
  }
}

/**
 * The run as stored, when it holds what was written. A definition of the kind that lacks our field drops it, as after somebody
 * replaced ours: then nothing that depends on the write may follow.
 */
function kept(stored: Run, wanted: Run): Run {
  if (stored.status?.revision === wanted.status?.revision) return stored;
  throw new StatusDroppedError(
    `writing the status of ${wanted.kind} ${wanted.metadata.name}: the API server dropped it; ` +
      'the CustomResourceDefinition was replaced by one without status.endwell: apply what `endwell crds` prints',
  );
}

/** The stored run when our write did take effect; undefined when it certainly had not when we looked. */
async function findLanded(
  client: KubeClient,
  wanted: Run,
  options: EffectOptions,
  cause: unknown,
): Promise<Run | undefined> {
  const target = targetOf(wanted);
  const stored = await readRun(client, { ...target, kind: wanted.kind }, options);
  if (!stored) {
    throw new NotFoundError({
      message: `writing the status of run ${target.name}: it is gone`,
      status: 404,
      cause,
    });
  }
  if (stored.metadata.resourceVersion === wanted.metadata.resourceVersion) return undefined;
  if (isSameStatus(stored.status, wanted.status)) return stored;
  throw new ConflictError({
    message: `writing the status of run ${target.name}: its answer was lost, and the run has changed since`,
    status: 409,
    reason: 'Conflict',
    cause,
  });
}

function isSameStatus(a: RunStatus | undefined, b: RunStatus | undefined): boolean {
  return isObject(a) && isObject(b) && sameJson(a, b);
}
