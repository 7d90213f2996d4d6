import type { ReasonCode } from '../../../core/reasons/catalogue.ts';
import type { Phase, Stage } from '../../../core/run/run.ts';

/** What is done to a canary from outside, as somebody else would do it. */
export type Blow =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'deletePod';
      readonly stage: Stage;
      readonly when: 'pending' | 'running';
      readonly how: 'with grace' | 'by force';
    }
  | { readonly kind: 'cancelRun' }
  | { readonly kind: 'deleteRun' };

/** Rounds come one after the other, in this order. */
export const ROUNDS = ['undisturbed', 'disturbed', 'operator restarted'] as const;

/** One of the rounds. */
export type Round = (typeof ROUNDS)[number];

/** One way to live: what main and handler do, what is done to them, and how it has to end. */
export interface Life {
  readonly round: Round;
  /** Shell script of the main container. */
  readonly main: string;
  /** Shell script of the exit handler. */
  readonly handler: string;
  /** How often the handler is tried at most. */
  readonly exitAttempts: number;
  readonly blow: Blow;
  readonly expected: {
    readonly phase: Phase;
    readonly reason: ReasonCode;
    /** `receipt`: one attempt of the handler ends with 0; `given up`: none does, and the reason for it is stored. */
    readonly handler: 'receipt' | 'given up';
  };
}

/** One run of the drill. */
export interface Canary {
  /** Of the run. */
  readonly name: string;
  readonly life: Life;
}

/** Longer than any drill waits for one canary: who sleeps so long is ended by what is done to it, or it counts as not ended. */
const FOREVER = 'sleep 3600';
/**
 * Long enough to be struck, and it ends by itself: a handler whose pod was torn away has left no trace of an attempt, so
 * the next pod runs as the same attempt.
 */
const HANDLER_TO_DISTURB = 'sleep 8';

const succeeded = { phase: 'Succeeded', reason: 'Completed', handler: 'receipt' } as const;
const podDeleted = { phase: 'Failed', reason: 'PodDeleted', handler: 'receipt' } as const;
const plain = { round: 'undisturbed', main: 'true', handler: 'true', exitAttempts: 3 } as const;
const disturbed = { round: 'disturbed', main: FOREVER, handler: 'true', exitAttempts: 3 } as const;
const none = { kind: 'none' } as const;

const deletePod = (
  stage: Stage,
  when: 'pending' | 'running',
  how: 'with grace' | 'by force' = 'with grace',
): Blow => ({ kind: 'deletePod', stage, when, how });

/** Every way to live, by the word that its runs are named with. */
export const LIVES = {
  succeeds: { ...plain, blow: none, expected: succeeded },
  fails: {
    ...plain,
    main: 'exit 7',
    blow: none,
    expected: { phase: 'Failed', reason: 'ExitCode', handler: 'receipt' },
  },
  'handler-fails-once': {
    ...plain,
    handler: '[ "$ENDWELL_EXIT_ATTEMPT" != 1 ]',
    blow: none,
    expected: succeeded,
  },
  'handler-fails': {
    ...plain,
    handler: 'exit 1',
    exitAttempts: 2,
    blow: none,
    expected: { ...succeeded, handler: 'given up' },
  },
  'pending-pod-deleted': { ...disturbed, blow: deletePod('main', 'pending'), expected: podDeleted },
  'running-pod-deleted': { ...disturbed, blow: deletePod('main', 'running'), expected: podDeleted },
  'running-pod-forced': {
    ...disturbed,
    blow: deletePod('main', 'running', 'by force'),
    expected: podDeleted,
  },
  'handler-pod-deleted': {
    ...disturbed,
    main: 'true',
    handler: HANDLER_TO_DISTURB,
    blow: deletePod('exit', 'running'),
    expected: succeeded,
  },
  'handler-pod-forced': {
    ...disturbed,
    main: 'true',
    handler: HANDLER_TO_DISTURB,
    blow: deletePod('exit', 'running', 'by force'),
    expected: succeeded,
  },
  cancelled: {
    ...disturbed,
    blow: { kind: 'cancelRun' },
    expected: { phase: 'Cancelled', reason: 'Cancelled', handler: 'receipt' },
  },
  deleted: {
    ...disturbed,
    blow: { kind: 'deleteRun' },
    expected: { phase: 'Cancelled', reason: 'Deleted', handler: 'receipt' },
  },
  // Together they have a main, its end and a handler at work while nobody leads.
  'slow-main': {
    ...plain,
    round: 'operator restarted',
    main: 'sleep 6',
    blow: none,
    expected: succeeded,
  },
  'slow-handler': {
    ...plain,
    round: 'operator restarted',
    handler: 'sleep 6',
    blow: none,
    expected: succeeded,
  },
  'slow-failure': {
    ...plain,
    round: 'operator restarted',
    main: 'sleep 3; exit 7',
    blow: none,
    expected: { phase: 'Failed', reason: 'ExitCode', handler: 'receipt' },
  },
} as const satisfies Readonly<Record<string, Life>>;

/** Fewest runs of a drill: one of each life. */
export const FEWEST_RUNS: number = Object.keys(LIVES).length;

/** Lives of runs beyond one of each: they make the percentiles of the times worth something. */
const MORE: readonly (keyof typeof LIVES)[] = ['succeeds', 'fails'];

/** The canaries of a drill of so many runs, at least FEWEST_RUNS; by life, in the order of the rounds. */
export function planCanaries(runs: number): Canary[] {
  const words = Object.keys(LIVES) as (keyof typeof LIVES)[];
  const more = Array.from({ length: Math.max(0, runs - words.length) }, (_, at) => MORE[at % MORE.length]);
  return words.flatMap((word) => {
    const count = 1 + more.filter((other) => other === word).length;
    return Array.from({ length: count }, (_, at) => ({ name: `${word}-${at + 1}`, life: LIVES[word] }));
  });
}
