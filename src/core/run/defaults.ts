import type { Limits, Retry } from './run.ts';

/** A run may wait a day in its queue: a nightly batch that is behind still runs, a forgotten one does not stay for ever. */
export const QUEUE_SECONDS = 86_400;

/** A quarter of an hour covers a new node and the pull of a large image. */
export const START_SECONDS = 900;

/** Init containers that show nothing for five minutes are stuck. */
export const INIT_IDLE_SECONDS = 300;

/** An init container that copies a lot of input has an hour in all. */
export const INIT_MAX_SECONDS = 3_600;

/** A node that comes back within a quarter of an hour costs no work. */
export const NODE_LOST_SECONDS = 900;

/** An exit handler reports and tidies up: five minutes are ample. */
export const EXIT_SECONDS = 300;

/** An ingestion pipeline that needs more than two hours is stuck more often than busy. */
export const INGESTION_RUN_SECONDS = 7_200;

/** An image build that needs more than half an hour is stuck more often than busy. */
export const BUILD_RUN_SECONDS = 1_800;

/** The handler is tried three times: a receiver that restarts is back by then. */
export const EXIT_MAX_ATTEMPTS = 3;

/** Pause between two attempts of the handler. */
export const EXIT_BACKOFF_SECONDS = 10;

/** One attempt, unless somebody says that another one does no harm. */
export const MAX_ATTEMPTS_DEFAULT = 1;

/** A first pause that lets a connection be re-opened or a node be replaced, and that nobody minds. */
export const BACKOFF_SECONDS = 10;

/** Each pause is twice the last, as Kubernetes does it: an outage of an hour costs a dozen attempts. */
export const BACKOFF_FACTOR = 2;

/** Longest pause: ten minutes after the cause is mended every run goes on by itself. */
export const MAX_BACKOFF_SECONDS = 600;

/** A run moves away from a node that drains, fails or is taken so often; more is a cluster that needs its people. */
export const MAX_DISRUPTIONS = 3;

/** The record of a run that went well stays an hour: a script that polls sees it, a list stays short. */
export const TTL_SUCCEEDED_SECONDS = 3_600;

/** The record of a run that failed, or was cancelled, stays a day: somebody has the time to look. */
export const TTL_FAILED_SECONDS = 86_400;

/** A run that was refused says why for five minutes. */
export const TTL_REFUSED_SECONDS = 300;

/**
 * Limits of a run that names none; there is no run limit and no total limit by default. initIdleSeconds joins
 * them only where the log is followed: without a sign of progress a copy that takes its time would be killed for it.
 */
export const DEFAULT_LIMITS = {
  queueSeconds: QUEUE_SECONDS,
  startSeconds: START_SECONDS,
  initMaxSeconds: INIT_MAX_SECONDS,
  nodeLostSeconds: NODE_LOST_SECONDS,
  exitSeconds: EXIT_SECONDS,
} as const satisfies Limits;

/** How often and how quickly the handler is tried again. */
export const DEFAULT_EXIT_RETRY = {
  maxAttempts: EXIT_MAX_ATTEMPTS,
  backoffSeconds: EXIT_BACKOFF_SECONDS,
} as const;

/** How a failed attempt is tried again. */
export const DEFAULT_RETRY: Retry = {
  maxAttempts: MAX_ATTEMPTS_DEFAULT,
  backoffSeconds: BACKOFF_SECONDS,
  backoffFactor: BACKOFF_FACTOR,
  maxBackoffSeconds: MAX_BACKOFF_SECONDS,
  rules: [],
  afterUnconfirmedLoss: false,
};

/** How long a run stays once it has ended; cancelled and lost runs count as failed. */
export const DEFAULT_TTL = {
  succeeded: TTL_SUCCEEDED_SECONDS,
  failed: TTL_FAILED_SECONDS,
} as const;

/** The last bytes of every log that are kept as evidence (DOMAIN.md §8). */
export const LOG_TAIL_BYTES = 64 * 1024;
