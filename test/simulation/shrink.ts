import type { Fault } from './faults.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './simulate.ts';

/**
 * The plan with a list of faults from which none can be removed: without any of them the same promise is kept. Delta
 * debugging: halves, then quarters, and so on, down to single faults, again until nothing more goes.
 */
export async function shrink(
  plan: Plan,
  promise: string,
  simulate: (plan: Plan) => Promise<Outcome>,
): Promise<Plan> {
  const stillFails = async (faults: readonly Fault[]) =>
    (await simulate({ ...plan, faults })).violation?.promise === promise;
  let faults = plan.faults;
  let pieces = 2;
  while (faults.length > 0) {
    const less = await withoutOnePiece(faults, pieces, stillFails);
    if (less !== undefined) {
      faults = less;
      pieces = Math.max(2, pieces - 1);
    } else if (pieces >= faults.length) {
      break;
    } else {
      pieces = Math.min(faults.length, 2 * pieces);
    }
  }
  return { ...plan, faults };
}

/** The faults without the first piece that is not needed; undefined when each is. */
async function withoutOnePiece(
  faults: readonly Fault[],
  pieces: number,
  stillFails: (faults: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[] | undefined> {
  const size = Math.ceil(faults.length / pieces);
  for (let from = 0; from < faults.length; from += size) {
    const rest = [...faults.slice(0, from), ...faults.slice(from + size)];
    if (await stillFails(rest)) return rest;
  }
  return undefined;
}
