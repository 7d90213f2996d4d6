import { StoreDenied } from './errors.ts';
import type { LogPlace } from './openLogStore.ts';

/** What S3-compatible stores that know no regions take. */
const DEFAULT_REGION = 'us-east-1';

/** Keys of an S3-compatible store, as its tools read them from the environment. */
export interface S3Keys {
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
}

/** The place that a setting names: a folder, or `s3://bucket/prefix?endpoint=URL&region=NAME`. Refuses an S3 without keys. */
export function logPlaceOf(setting: string, keys: S3Keys): LogPlace {
  if (!setting.startsWith('s3:')) return { kind: 'folder', folder: setting };
  const wrong = (why: string) =>
    new StoreDenied(
      `reading the setting of the log store: ${why}`,
      'It reads s3://bucket/prefix?endpoint=https://host&region=name, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
    );
  if (!URL.canParse(setting)) throw wrong('it is no URL');
  const { hostname, pathname, searchParams } = new URL(setting);
  const region = searchParams.get('region') ?? DEFAULT_REGION;
  const endpoint = searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = keys;
  if (hostname === '') throw wrong('it names no bucket');
  if (!URL.canParse(endpoint)) throw wrong('its endpoint is no URL');
  if (!accessKeyId || !secretAccessKey) throw wrong('there are no keys for S3');
  const prefix = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
  return { kind: 's3', endpoint, bucket: hostname, prefix, region, accessKeyId, secretAccessKey };
}
