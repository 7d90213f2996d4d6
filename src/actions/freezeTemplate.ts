import { templateOf, templateRevision } from '../core/manifest/templateRevision.ts';
import type { RunTemplate } from '../core/run/run.ts';
import { AlreadyExistsError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import { controllerRevisions } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * Stores a resolved template under the name made from its content, and returns that name. Safe to repeat: a revision
 * that exists is the same one, and none can be changed.
 */
export async function freezeTemplate(
  client: KubeClient,
  namespace: string,
  template: RunTemplate,
  options: EffectOptions = {},
): Promise<string> {
  const revision = templateRevision(template, namespace);
  const name = revision.metadata?.name ?? '';
  try {
    await client.create(controllerRevisions, revision, withSignal(options));
    return name;
  } catch (error) {
    if (error instanceof AlreadyExistsError) return name;
    if (!isOutcomeUnknown(error) || options.signal?.aborted) throw error;
    if (!(await readTemplate(client, { namespace, name }, options))) throw error;
    return name;
  }
}

/** The template that a revision holds; undefined when there is no such revision, or it holds none of ours. */
export async function readTemplate(
  client: KubeClient,
  ref: { readonly namespace: string; readonly name: string },
  options: EffectOptions = {},
): Promise<RunTemplate | undefined> {
  try {
    return templateOf(await client.get(controllerRevisions, ref, withSignal(options)));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
