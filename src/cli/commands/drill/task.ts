import type { KubeClient } from '../../../kube/types.ts';
import type { Clock, Random } from '../../../ports/clock.ts';
import type { Breach } from './count.ts';
import type { Restartable } from './leader.ts';
import type { Times } from './times.ts';

/** What a drill is to do. */
export interface Task {
  readonly client: KubeClient;
  /** With connections of its own, which are cut. */
  readonly toBeCut: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly namespace: string;
  readonly image: string;
  readonly runs: number;
  /** The rounds are over by then, on the monotonic clock. */
  readonly until: number;
  readonly restartable: Restartable;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** Told as it goes on, one line each. */
  readonly tell: (line: string) => void;
}

/** A fault that was not tried, or did not hit. */
export interface Skipped {
  readonly fault: string;
  readonly why: string;
}

/** What a drill has found. */
export interface Findings {
  readonly planned: number;
  readonly made: number;
  readonly breaches: readonly Breach[];
  readonly times: Times;
  /** How often each fault hit, by its words. */
  readonly faults: Readonly<Record<string, number>>;
  readonly skipped: readonly Skipped[];
  /** Why it ended before its time; undefined when it did all that it planned. */
  readonly cutShort: string | undefined;
}
