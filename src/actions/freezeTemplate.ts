import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import { templateOf, templateRevision } from '../core/manifest/templateRevision.ts';
import type { RunTemplate } from '../core/run/run.ts';
import { isMarked } from '../core/sweep/sweepMark.ts';
import { AlreadyExistsError, ConflictError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import { controllerRevisions } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { markForSweep } from './markForSweep.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** How often a revision that is swept or marked just then is looked at again: each time somebody else was first. */
const MAX_TRIES = 5;

/**
 * Stores a resolved template under the name made from its content, and returns that name. Safe to repeat: a revision
 * that exists is the same one, and its data can't be changed. One that is marked for the sweep loses the mark, which
 * stops a deletion that was decided on before.
 */
export async function freezeTemplate(
  client: KubeClient,
  namespace: string,
  template: RunTemplate,
  options: EffectOptions = {},
): Promise<string> {
  const revision = templateRevision(template, namespace);
  const name = revision.metadata?.name ?? '';
  for (let tries = 1; ; tries += 1) {
    const stored = await store(client, revision, options);
    if (!isMarked(stored)) return name;
    try {
      await markForSweep(client, controllerRevisions, stored, undefined, options);
      return name;
    } catch (error) {
      const isOvertaken = error instanceof ConflictError || error instanceof NotFoundError;
      if (!isOvertaken || tries >= MAX_TRIES) throw error;
    }
  }
}

async function store(
  client: KubeClient,
  revision: ControllerRevision,
  options: EffectOptions,
): Promise<ControllerRevision> {
  try {
    return await client.create(controllerRevisions, revision, withSignal(options));
  } catch (error) {
    const mayExist = error instanceof AlreadyExistsError || isOutcomeUnknown(error);
    if (!mayExist || options.signal?.aborted) throw error;
    const { namespace = '', name = '' } = revision.metadata ?? {};
    return client
      .get(controllerRevisions, { namespace, name }, withSignal(options))
      .catch((readError: unknown) => {
        throw readError instanceof NotFoundError ? error : readError;
      });
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
