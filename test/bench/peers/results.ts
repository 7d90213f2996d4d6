import type { CrdMemory, Kept } from './memory.ts';
import type { Round } from './round.ts';
import type { Shape } from './systems/system.ts';
import type { Writes } from './writes.ts';

/** Above this share of the machine something else ran beside the round, and its times say little. */
export const NOISY = 0.1;

/** Everything that was measured. */
export interface Results {
  readonly rounds: Round[];
  readonly writes: (Writes & { readonly own: OwnWrites })[];
  readonly kept: Kept[];
  readonly crds: CrdMemory[];
  /** Decisions of admission that one second of CPU makes. */
  decisionsPerSecond: number | undefined;
}

/** Writes of a system's own for each run. */
export interface OwnWrites {
  readonly ofRuns: number;
  readonly events: number;
  readonly shared: number;
  readonly refused: number;
}

/** Rounds that can be compared with each other. */
export interface Series {
  readonly system: string;
  readonly pace: Round['pace'];
  readonly handler: Shape['handler'];
}

/** The rounds of a series that count: the quiet ones, where there is one; else all. */
export function countingRounds({ rounds }: Results, { system, pace, handler }: Series): Round[] {
  const all = rounds.filter(
    (round) => round.system === system && round.pace === pace && round.handler === handler,
  );
  const quiet = all.filter(({ others }) => others <= NOISY);
  return quiet.length > 0 ? quiet : all;
}

/** The median of a figure over the rounds that count; undefined: it was not measured. */
export function median(
  results: Results,
  series: Series,
  figure: (round: Round) => number | undefined,
): number | undefined {
  const values = countingRounds(results, series)
    .map(figure)
    .filter((value) => value !== undefined)
    .sort((a, b) => a - b);
  return values[Math.floor((values.length - 1) / 2)];
}
