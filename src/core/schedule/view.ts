import type { Overlap, ScheduleRecord } from './schedule.ts';
import type { Timing } from './timing.ts';

/** A schedule as the engine sees it, whichever kind it is. */
export interface ScheduleView {
  readonly generation: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** Undefined: it is not valid, and `problem` says why. */
  readonly rules: ScheduleRules | undefined;
  readonly problem: string | undefined;
  readonly suspend: boolean;
  /** Undefined: never looked at before. */
  readonly record: ScheduleRecord | undefined;
  /** The last slot that an earlier operator's own field tells of, ms since the epoch. */
  readonly inheritedSlot?: number | undefined;
}

/** What a spec says: rules, or why there are none. It costs to read, and is the same as long as the spec is. */
export type ReadRules = Pick<ScheduleView, 'rules' | 'problem'>;

/** What a valid schedule asks for, after defaults. */
export interface ScheduleRules {
  readonly timing: Timing;
  readonly catchUp:
    | { readonly kind: 'None' }
    | { readonly kind: 'Last' }
    | { readonly kind: 'All'; readonly most: number };
  readonly overlap: Overlap;
  readonly deadlineMs: number | undefined;
  readonly keep: Keep;
}

/** How many that have ended are kept. */
export interface Keep {
  readonly succeeded: number;
  readonly failed: number;
}

/** Something that a schedule made. */
export interface Child {
  readonly name: string;
  readonly uid: string;
  /** ms since the epoch; undefined: it was triggered by somebody. */
  readonly slot: number | undefined;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly state: 'active' | 'succeeded' | 'failed';
  /** It has ended, and nothing of it is left to do. */
  readonly isOver: boolean;
  /** It is being deleted. */
  readonly isGoing: boolean;
}
