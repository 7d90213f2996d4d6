import type { S3Place } from './logs/s3Logs.ts';
import type { LogStore } from './types.ts';

/** Where whole logs are. */
export type LogPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | ({ readonly kind: 's3' } & S3Place);

/** The log store at a place. What is wrong with the place is said by its first use. */
export async function openLogStore(place: LogPlace): Promise<LogStore> {
  switch (place.kind) {
    case 'folder':
      return (await import('./logs/folderLogs.ts')).folderLogs(place.folder);
    case 's3':
      return (await import('./logs/s3Logs.ts')).s3Logs(place);
    default:
      return place satisfies never;
  }
}
