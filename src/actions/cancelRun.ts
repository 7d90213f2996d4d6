import { isTerminal } from '../core/run/phases.ts';
import type { Run } from '../core/run/run.ts';
import { ConflictError, InvalidError, isOutcomeUnknown } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import { runs } from './resources.ts';
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
  for (let tries = 1; ; tries += 1) {
    const run = await client.get(runs, refOf(wish), withSignal(options));
    const uid = run.metadata.uid;
    if (wish.uid !== undefined && wish.uid !== uid) throw replaced(wish);
    if (run.spec.cancel) return { kind: 'already', run };
    if (isTerminal(run.status?.phase)) return { kind: 'ended', run };
    try {
      const patch = { type: 'json', body: cancellation(run, cancel) } as const;
      const after = await client.patch(runs, refOf(targetOf(run)), patch, withSignal(options));
      return { kind: 'cancelled', run: after };
    } catch (error) {
      if (tries >= MAX_TRIES || options.signal?.aborted || !isWorthAnotherLook(error)) throw error;
    }
  }
}

/** The generation moves with the spec and not with labels or the status: it guards exactly what we must not overwrite. */
function cancellation(run: Run, cancel: object): object[] {
  return [
    { op: 'test', path: '/metadata/uid', value: run.metadata.uid },
    { op: 'test', path: '/metadata/generation', value: run.metadata.generation },
    { op: 'add', path: '/spec/cancel', value: cancel },
  ];
}

function isWorthAnotherLook(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof InvalidError || isOutcomeUnknown(error);
}

function replaced(wish: { readonly namespace: string; readonly name: string }): ConflictError {
  return new ConflictError({
    message: `cancelling run ${wish.namespace}/${wish.name}: another run has that name by now`,
    status: 409,
    reason: 'Conflict',
  });
}
