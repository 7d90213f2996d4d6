import { ANNOTATION } from '../core/naming/naming.ts';
import { runTitle } from '../core/omjob/title.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run } from '../core/run/run.ts';
import { ConflictError, InvalidError, isOutcomeUnknown } from '../kube/errors.ts';
import type { KubeClient, Patch } from '../kube/types.ts';
import { RUN_KINDS } from './runKinds.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/** How often we look again when the spec changes under us. */
const MAX_TRIES = 5;

/** What became of the wish; `already`: somebody had asked before; `ended`: there is nothing left to stop. */
export interface Cancellation {
  readonly kind: 'cancelled' | 'already' | 'ended';
  readonly run: Run;
}

/**
 * Asks for a run to be stopped, once: the first `by` and `reason` stay. Throws NotFoundError when there is no such run.
 * The operator does the rest; the answer only says that the wish is stored.
 */
export async function cancelRun(
  client: KubeClient,
  wish: {
    /** Left out: a Run. */
    readonly kind?: Run['kind'];
    readonly namespace: string;
    readonly name: string;
    readonly by: string;
    readonly reason?: string;
    /** Only this very run, if given. */
    readonly uid?: string;
  },
  options: EffectOptions = {},
): Promise<Cancellation> {
  const cancel = { by: wish.by, ...(wish.reason === undefined ? {} : { reason: wish.reason }) };
  const { resource, asRun } = RUN_KINDS[wish.kind ?? 'Run'];
  for (let tries = 1; ; tries += 1) {
    const run = asRun(await client.get(resource, refOf(wish), withSignal(options)));
    const uid = run.metadata.uid;
    if (wish.uid !== undefined && wish.uid !== uid) throw replaced(wish);
    if (run.spec.cancel) return { kind: 'already', run };
    if (isTerminal(run.status?.phase)) return { kind: 'ended', run };
    try {
      const patch = run.kind === 'OMJob' ? omJobPatch(run, cancel) : runPatch(run, cancel);
      const after = await client.patch(resource, refOf(targetOf(run)), patch, withSignal(options));
      return { kind: 'cancelled', run: asRun(after) };
    } catch (error) {
      if (tries >= MAX_TRIES || options.signal?.aborted || !isWorthAnotherLook(error)) throw error;
    }
  }
}

interface Cancel {
  readonly by: string;
  readonly reason?: string;
}

/** The generation moves with the spec and not with labels or the status: it guards exactly what we must not overwrite. */
function runPatch(run: Run, cancel: Cancel): Patch {
  const body = [
    { op: 'test', path: '/metadata/uid', value: run.metadata.uid },
    { op: 'test', path: '/metadata/generation', value: run.metadata.generation },
    { op: 'add', path: '/spec/cancel', value: cancel },
  ];
  return { type: 'json', body };
}

/** The spec of an OMJob has no field for it. Annotations move no generation: the version guards what was asked before. */
function omJobPatch({ metadata: { uid, resourceVersion } }: Run, { by, reason }: Cancel): Patch {
  const annotations = {
    [ANNOTATION.cancelledBy]: by,
    ...(reason === undefined ? {} : { [ANNOTATION.cancelReason]: reason }),
  };
  return { type: 'merge', body: { metadata: { uid, resourceVersion, annotations } } };
}

function isWorthAnotherLook(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof InvalidError || isOutcomeUnknown(error);
}

function replaced(wish: {
  readonly kind?: Run['kind'];
  readonly namespace: string;
  readonly name: string;
}): ConflictError {
  const { kind = 'Run', namespace, name } = wish;
  return new ConflictError({
    message: `cancelling ${runTitle({ kind, name: `${namespace}/${name}` })}: another one has that name by now`,
    status: 409,
    reason: 'Conflict',
  });
}
