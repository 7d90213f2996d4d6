import { S3ServiceError } from 's3mini';
import { StoreDenied, StoreError, StoreFull, StoreUnavailable } from '../errors.ts';

/** What a failed request to S3 means for whoever asked. The body of the answer is left out: it can repeat the key that was used. */
export function s3Error(action: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  if (cause instanceof S3ServiceError) cause.body = undefined;
  const message = `${action}: ${cause instanceof Error ? cause.message : String(cause)}`;
  switch (statusOf(cause)) {
    case 301:
    case 400:
    case 401:
    case 403:
    case 404:
      return new StoreDenied(
        message,
        'Check endpoint, region, bucket and keys of the log store, and the rights',
        cause,
      );
    case 413:
    case 507:
      return new StoreFull(message, 'Make room in the log store, or raise its quota', cause);
    default:
      return new StoreUnavailable(message, 'It is tried again', cause);
  }
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
