/** Most bytes of a log in one answer that is not followed: bounded memory on both sides. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** What a log answer holds when the caller names no limit. */
export const DEFAULT_LOG_BYTES = 1024 * 1024;

/** Headers of an answer of the log route. */
export const logHeaders = {
  after: 'endwell-log-after',
  container: 'endwell-log-container',
  pod: 'endwell-log-pod',
  run: 'endwell-log-run',
  source: 'endwell-log-source',
} as const;
