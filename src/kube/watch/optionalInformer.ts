import { ForbiddenError, type KubeError, NotFoundError } from '../errors.ts';
import type { KubeObject } from '../types.ts';
import { createInformer, type Informer, type InformerOptions } from './informer.ts';

/** A watch of something that others don't wait for where it can't be had. */
export interface OptionalInformer<T extends KubeObject, I extends string = string> {
  readonly informer: Informer<T, I>;
  /** True once all have been seen, or it is known that there are none to see: the cluster lacks the kind, or we may not look. */
  isSettled(): boolean;
  /** Resolves with true then; with false when stopped before. */
  whenSettled(): Promise<boolean>;
  /** What keeps it from being up to date, beside a kind that the cluster lacks and a right that we lack. */
  problem(): KubeError | undefined;
  /** The refusal, as long as we may not look. */
  withheld(): ForbiddenError | undefined;
  /** The same, as long as the cluster does not serve the kind. */
  missing(): NotFoundError | undefined;
}

/**
 * Makes an informer of a kind that the cluster may lack, or that a role from before it does not name. That costs one refused
 * request now and then; once the kind is there and the right is given, its objects are seen without a restart.
 */
export function createOptionalInformer<T extends KubeObject, I extends string = never>(
  options: InformerOptions<T, I>,
): OptionalInformer<T, I> {
  let isSettled = false;
  let settle: (isThere: boolean) => void = () => {};
  const refused = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const informer = createInformer<T, I>({
    ...options,
    onError(error) {
      options.onError?.(error);
      if (!isRefusal(error)) return;
      isSettled = true;
      settle(true);
    },
  });
  const now = () => informer.problem();
  return {
    informer,
    isSettled: () => isSettled || informer.hasSynced(),
    whenSettled: () => Promise.race([informer.whenSynced(), refused]),
    problem: () => (isRefusal(now()) ? undefined : now()),
    withheld() {
      const error = now();
      return error instanceof ForbiddenError ? error : undefined;
    },
    missing() {
      const error = now();
      return error instanceof NotFoundError ? error : undefined;
    },
  };
}

function isRefusal(error: KubeError | undefined): boolean {
  return error instanceof NotFoundError || error instanceof ForbiddenError;
}
