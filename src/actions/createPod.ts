import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../core/naming/naming.ts';
import { AlreadyExistsError, isOutcomeUnknown } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { readNamed } from './readFresh.ts';
import { type EffectOptions, targetOf, withSignal } from './target.ts';

/** The name belongs to a pod of somebody else (or of another run). */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
  /** The pod that has the name. While it is terminating, trying again later may succeed. */
  readonly holder: { readonly uid: string; readonly terminating: boolean };

  constructor(message: string, holder: NameTakenError['holder'], cause: unknown) {
    super(message, { cause });
    this.holder = holder;
  }
}

/**
 * Creates a pod of a run and returns it as stored. Safe to repeat: a pod of that name with the same `endwell.dev/run-uid`
 * is the one that an earlier call made. Refuses with `NameTakenError` when the name is another's.
 */
export async function createPod(client: KubeClient, pod: Pod, options: EffectOptions = {}): Promise<Pod> {
  try {
    return await client.create(pods, pod, withSignal(options));
  } catch (error) {
    if (error instanceof AlreadyExistsError) return adopt(client, pod, options, error);
    if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
    return adopt(client, pod, options, error);
  }
}

/** What stands under the pod's name, when it is ours; else the refusal. */
async function adopt(client: KubeClient, pod: Pod, options: EffectOptions, error: unknown): Promise<Pod> {
  const target = targetOf(pod);
  const found = await read(client, target, options, error);
  const ours = pod.metadata?.labels?.[LABEL.runUid];
  if (ours !== undefined && found.metadata?.labels?.[LABEL.runUid] === ours) return found;
  const terminating = found.metadata?.deletionTimestamp !== undefined;
  throw new NameTakenError(
    `creating pod ${target.namespace}/${target.name}: a pod of that name exists and is not of this run` +
      (terminating ? '; it is terminating' : '; delete it, or give the run another name'),
    { uid: found.metadata?.uid ?? '', terminating },
    error,
  );
}

/**
 * Nothing under the name means that the create did not happen: then its own error stands. What the API says to the question
 * is no answer to the create: a 422 to it would end a run whose pod is at work.
 */
async function read(
  client: KubeClient,
  target: { readonly namespace: string; readonly name: string },
  options: EffectOptions,
  error: unknown,
): Promise<Pod> {
  const found = await readNamed(client, pods, target, options).catch((cause: Error) => {
    const { namespace, name } = target;
    throw new Error(
      `creating pod ${namespace}/${name}: who has that name could not be asked: ${cause.message}`,
      {
        cause,
      },
    );
  });
  if (found === undefined) throw error;
  return found;
}
