import type { Phase } from './run.ts';

/** One sentence for each phase, for a person who never saw it. */
export const PHASE_MEANINGS = {
  Queued: 'The run is not admitted: it is new, waits for its turn, or waits between two attempts.',
  Pending: 'The run is admitted, and nothing of main has run yet: its pod is being made, placed or filled.',
  Running: 'A main container has started.',
  Exiting: 'Main has its outcome, and the exit handler is owed or runs.',
  Succeeded: 'Main ended with exit code 0.',
  Failed: 'Main failed or was lost.',
  Cancelled: 'Somebody wanted the run to end before main did.',
  Refused: 'The run was never accepted, and owes nothing.',
} as const satisfies Record<Phase, string>;
