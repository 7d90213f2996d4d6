/** What must hold whatever happens, in the words that a failing seed is told in. */
export const PROMISES = {
  notLost: 'no accepted run is lost',
  onceAtATime: 'at most one main pod of a run has started and not ended',
  limitsHold: 'a queue never has more main pods at work than it may',
  oneOfAKey: 'two runs of one key are never at work together, unless one allows it',
  oncePerAttempt: 'never is a second main pod started for one attempt',
  recordedFirst: 'a main pod passes its gate only when the status names it',
  terminalStays: 'what is terminal never changes',
  resultStays: "main's result never changes",
  slotOnce: 'a slot of a schedule makes its run at most once, and none after it was told to be skipped',
  slotDue: 'a run of a schedule is made only for a slot that it asked for when it came',
  slotTold: 'a schedule says truly, once and for all what became of each slot',
  slotMade: 'a slot is made when somebody leads',
  handlerRan: 'the handler has run, is owed, or was given up for a stored reason',
  handlerOnce: 'no handler is made after one has left a receipt with 0',
  handlerNamed: 'an exit pod is made only when the status names its attempt',
  verdictFirst: 'nothing is deleted by us before its verdict is stored',
  evidenceFirst: 'what has ended is deleted by us only when its evidence is stored',
  logsFirst: 'the end of every log that can be read is stored before we delete what wrote it',
  foreignUntouched: 'pods of others are never touched',
  nothingLeft: 'nothing is left behind',
  everyWaitEnds: 'every wait ends',
  fewWrites: 'no storm of writes',
  noRejection: 'no promise is rejected without anybody listening',
  legalWrites: 'no status is written that the API must refuse',
  ownPods: 'a status names only pods of its own run',
  endIsTrue: 'an end is recorded only of what has ended, or is lost with its node',
  evidenceHeld: 'a main pod keeps its finalizer until its end is recorded',
} as const;

/** The key of a promise. */
export type PromiseName = keyof typeof PROMISES;

/** A promise that was broken, and how. */
export interface Violation {
  readonly promise: PromiseName;
  readonly detail: string;
}
