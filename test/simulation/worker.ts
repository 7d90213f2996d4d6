import type { Effect } from './effects.ts';
import { planOf, type Size } from './plan.ts';
import { failureText } from './report.ts';
import { simulate } from './simulate.ts';

/** Seeds that a worker is to live through. */
export interface Order {
  readonly from: number;
  readonly count: number;
  readonly size: Size;
}

/** What became of them. */
export interface Answer {
  readonly failures: readonly { readonly seed: number; readonly text: string }[];
  readonly mostWrites: number;
  /** In how many of the seeds each thing went wrong. */
  readonly effects: ReadonlyMap<Effect, number>;
  /** What it took of a core, ms. */
  readonly cpuMs: number;
}

/** Takes orders from its parent process, one after the other. */
process.on('message', (order: Order) => {
  void carryOut(order).then((answer) => process.send?.(answer));
});

// Nobody waits for the answer any more.
process.on('disconnect', () => process.exit());

// A stack is collected at every error that the faults make, and nobody reads it.
Error.stackTraceLimit = 0;

async function carryOut({ from, count, size }: Order): Promise<Answer> {
  const failures: Answer['failures'][number][] = [];
  let mostWrites = 0;
  const effects = new Map<Effect, number>();
  const before = process.cpuUsage();
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await simulate(planOf(seed, size));
    const text = failureText(outcome, size);
    if (text !== undefined) failures.push({ seed, text });
    mostWrites = Math.max(mostWrites, outcome.mostWrites);
    for (const effect of outcome.effects) effects.set(effect, (effects.get(effect) ?? 0) + 1);
  }
  const { user, system } = process.cpuUsage(before);
  return { failures, mostWrites, effects, cpuMs: (user + system) / 1000 };
}
