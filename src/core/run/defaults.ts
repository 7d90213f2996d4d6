import type { Limits } from './run.ts';

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

/** Limits of a run that names none; there is no run limit and no total limit by default. */
export const DEFAULT_LIMITS = {
  queueSeconds: QUEUE_SECONDS,
  startSeconds: START_SECONDS,
  initIdleSeconds: INIT_IDLE_SECONDS,
  initMaxSeconds: INIT_MAX_SECONDS,
  nodeLostSeconds: NODE_LOST_SECONDS,
  exitSeconds: EXIT_SECONDS,
} as const satisfies Limits;

/** How often and how quickly the handler is tried again. */
export const DEFAULT_EXIT_RETRY = {
  maxAttempts: EXIT_MAX_ATTEMPTS,
  backoffSeconds: EXIT_BACKOFF_SECONDS,
} as const;
