import type { Queue } from '../queue/queue.ts';
import type { Run } from '../run/run.ts';

/** What positions are told from: everything in the cluster, as one process sees it. */
export interface AdmissionView {
  readonly runs: readonly Run[];
  readonly queues: readonly Queue[];
  /** Where queues are found that the run's own namespace does not have. */
  readonly operatorNamespace: string;
  /** API server's time, ms since the epoch. */
  readonly now: number;
}

/** Where a waiting run stands. */
export interface QueuePosition {
  /** Name of its queue. */
  readonly queue: string;
  /** Namespace of the Queue object; undefined: built in, or there is none of that name. */
  readonly queueNamespace: string | undefined;
  /** 1: it is the next one to start as soon as what holds it lets go. */
  readonly position: number;
  /** Runs that wait in this queue, this one included. */
  readonly waiting: number;
  readonly reason: 'LimitReached' | 'DuplicateWaits' | 'QueueMissing' | 'RetryWaits' | 'Starting';
  /** What holds it, as one sentence. */
  readonly message: string;
  /** When it may start, ms since the epoch, from how long the last runs of the queue took; undefined: nothing to tell it from. */
  readonly estimatedStartAt: number | undefined;
}

/** One queue, for a list. */
export interface QueueSummary {
  readonly name: string;
  /** Undefined: built in. */
  readonly namespace: string | undefined;
  readonly spec: Queue['spec'];
  readonly running: number;
  readonly queued: number;
  /** ms since the epoch. */
  readonly oldestQueuedAt: number | undefined;
}
