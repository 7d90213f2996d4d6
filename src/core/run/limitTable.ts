import type { ReasonCode } from '../reasons/catalogue.ts';
import type { Limits } from './run.ts';

/** What there is to know of a limit, beside its number. */
export interface LimitRow {
  /** What it bounds. */
  readonly bounds: string;
  /** From when it counts; the sentence goes on behind "counted from". */
  readonly countsFrom: string;
  /** The reason of the end where no better cause is known. */
  readonly reason: ReasonCode;
  /** What happens when it is over. */
  readonly afterwards: string;
}

/** Every limit of a run. A limit that is not here does not compile. */
export const LIMIT_TABLE = {
  queueSeconds: {
    bounds: 'the wait for admission, and then, apart, for that of Kueue where a label asks for it',
    countsFrom: 'acceptance; between two attempts the end of the back-off',
    reason: 'QueueTimeout',
    afterwards: 'the run fails without having started; its handler runs',
  },
  startSeconds: {
    bounds: 'the way to the first container: scheduling, volumes, images; a wait for Kueue comes before it',
    countsFrom: 'admission',
    reason: 'StartTimeout',
    afterwards: 'the attempt fails, by the cause that holds it up where one shows',
  },
  initIdleSeconds: {
    bounds: 'the silence of an init container',
    countsFrom: "the last change of an init container's state, or the last line of a log that is followed",
    reason: 'InitStalled',
    afterwards: 'the attempt fails',
  },
  initMaxSeconds: {
    bounds:
      'the init containers in all; it comes on top of startSeconds: main has both together from admission to its start',
    countsFrom: 'admission, with startSeconds, as soon as a container has started',
    reason: 'InitTimeout',
    afterwards: 'the attempt fails',
  },
  runSeconds: {
    bounds: 'one attempt of main',
    countsFrom: 'the start of main',
    reason: 'RunTimeout',
    afterwards: 'the attempt fails; its pod gets its grace period to end',
  },
  totalSeconds: {
    bounds: 'the run with all its attempts and waits, its handler apart',
    countsFrom: 'acceptance',
    reason: 'TotalTimeout',
    afterwards: 'the run fails and is not tried again; its handler runs',
  },
  stallSeconds: {
    bounds: 'the silence of main',
    countsFrom: 'the last sign of progress, at first the start of main',
    reason: 'Stalled',
    afterwards: 'the attempt fails',
  },
  nodeLostSeconds: {
    bounds: 'the wait for a node that does not answer, and for the end of a deleted pod to be reported',
    countsFrom: 'the moment that Endwell learned of it',
    reason: 'NodeLost',
    afterwards: 'main is Lost; another attempt is made only with retry.afterUnconfirmedLoss',
  },
  exitSeconds: {
    bounds: 'one attempt of the exit handler',
    countsFrom: 'the beginning of the attempt, be its pod made or not',
    reason: 'ExitTimeout',
    afterwards: 'the attempt of the handler fails; another one follows as exitRetry says',
  },
} as const satisfies Required<Record<keyof Limits, LimitRow>>;
