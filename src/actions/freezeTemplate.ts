import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import type { RunTemplate } from '../core/run/run.ts';
import { AlreadyExistsError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import { controllerRevisions } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * Stores a resolved template under the name made from its content. Safe to repeat: one that exists is the same one,
 * and no revision can be changed.
 */
export async function freezeTemplate(
  client: KubeClient,
  frozen: { readonly namespace: string; readonly name: string; readonly template: RunTemplate },
  options: EffectOptions = {},
): Promise<void> {
  const revision: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { namespace: frozen.namespace, name: frozen.name },
    data: frozen.template,
    revision: 1,
  };
  try {
    await client.create(controllerRevisions, revision, withSignal(options));
  } catch (error) {
    if (error instanceof AlreadyExistsError) return;
    if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
    if (!(await readTemplate(client, frozen, options))) throw error;
  }
}

/** The template that a revision holds; undefined when there is no such revision. */
export async function readTemplate(
  client: KubeClient,
  ref: { readonly namespace: string; readonly name: string },
  options: EffectOptions = {},
): Promise<RunTemplate | undefined> {
  try {
    const { namespace, name } = ref;
    const revision = await client.get(controllerRevisions, { namespace, name }, withSignal(options));
    return revision.data as unknown as RunTemplate;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
