import type { Outcome, Phase } from './run.ts';

/*
 * The life of a run.
 *
 * A run begins Queued: it is not admitted yet, and nothing of it exists on a node. Once admitted it is Pending: its main
 * pod is made, recorded and ungated, but no main container has started. It is Running from the moment that a main
 * container has started. When main has its outcome, whatever that is, the run is Exiting for as long as its exit
 * handler is owed or runs; without a handler this phase is skipped. Then it ends: Succeeded, Failed or Cancelled, as
 * main did. The handler can't change that.
 *
 * A run that never had a started main (cancelled in the queue, never schedulable) goes to Exiting all the same: from
 * acceptance on the handler is owed. A run that waits between two attempts goes back to Queued, for it gives its slot
 * back. A run that is never accepted is Refused; nothing is owed for it.
 *
 * A terminal phase never changes. A run without a status counts as Queued.
 */
const LEGAL_MOVES: Readonly<Record<Phase, readonly Phase[]>> = {
  Queued: ['Pending', 'Running', 'Exiting', 'Succeeded', 'Failed', 'Cancelled', 'Refused'],
  Pending: ['Queued', 'Running', 'Exiting', 'Succeeded', 'Failed', 'Cancelled'],
  Running: ['Queued', 'Exiting', 'Succeeded', 'Failed', 'Cancelled'],
  Exiting: ['Succeeded', 'Failed', 'Cancelled'],
  Succeeded: [],
  Failed: [],
  Cancelled: [],
  Refused: [],
};

/** Whether this is a phase that we know: a newer version may have written another. */
export function isPhase(value: unknown): value is Phase {
  return typeof value === 'string' && Object.hasOwn(LEGAL_MOVES, value);
}

/** The phases that may follow one; none follows a final phase. */
export function movesFrom(phase: Phase): readonly Phase[] {
  return LEGAL_MOVES[phase];
}

/** Whether a phase is final. One that a newer version wrote and we don't know is not. */
export function isTerminal(phase: Phase | undefined): boolean {
  return isPhase(phase) && LEGAL_MOVES[phase].length === 0;
}

/** Whether a run may go from one phase to another in one status write; staying is no move, and legal. */
export function isLegalMove(from: Phase | undefined, to: Phase): boolean {
  const start = from ?? 'Queued';
  return start === to || LEGAL_MOVES[start].includes(to);
}

/** The terminal phase for main's outcome: Lost is Failed. */
export function phaseOf(outcome: Outcome): 'Succeeded' | 'Failed' | 'Cancelled' {
  return outcome === 'Lost' ? 'Failed' : outcome;
}
