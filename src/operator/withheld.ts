import type { ForbiddenError } from '../kube/errors.ts';
import type { OptionalInformer } from '../kube/watch/optionalInformer.ts';
import { describeTrouble } from './trouble.ts';

/** A kind that a role from before it does not let us see: its objects are left alone, and everything else goes on. */
export interface Withheld {
  readonly kind: string;
  readonly error: ForbiddenError;
}

/** That kind, as long as one of its watches is refused; else nothing. */
export function withheldBy(
  kind: string,
  watches: readonly Pick<OptionalInformer<never>, 'withheld'>[],
): Withheld[] {
  const error = watches.map((watch) => watch.withheld()).find((refusal) => refusal !== undefined);
  return error === undefined ? [] : [{ kind, error }];
}

/** One line for each: what does not work, why, and how to mend it. */
export function describeWithheld(withheld: readonly Withheld[]): string[] {
  return withheld.map(({ kind, error }) => describeTrouble(`${kind}s are left alone`, error));
}
