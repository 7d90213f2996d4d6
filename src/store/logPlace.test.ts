import { describe, expect, it } from 'vitest';
import { logPlaceOf } from './logPlace.ts';

const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hidden' };

describe('logPlaceOf', () => {
  it('takes anything else than s3: for a folder', () => {
    expect(logPlaceOf('/var/lib/logs', {})).toEqual({ kind: 'folder', folder: '/var/lib/logs' });
  });

  it('reads bucket, prefix, endpoint and region', () => {
    expect(logPlaceOf('s3://logs/a/b/?endpoint=http://minio:9000&region=eu', keys)).toEqual({
      kind: 's3',
      bucket: 'logs',
      prefix: 'a/b',
      endpoint: 'http://minio:9000',
      region: 'eu',
      accessKeyId: 'id',
      secretAccessKey: 'hidden',
    });
    expect(logPlaceOf('s3://logs', keys)).toMatchObject({
      prefix: '',
      endpoint: 'https://s3.us-east-1.amazonaws.com',
    });
  });

  it.each([
    ['s3://', /names no bucket/],
    ['s3:///prefix', /names no bucket/],
    ['s3://logs?endpoint=minio', /endpoint is no URL/],
  ])('refuses %s', (setting, sentence) => {
    expect(() => logPlaceOf(setting, keys)).toThrow(sentence);
  });

  it('refuses S3 without keys, and says which variables hold them', () => {
    expect(() => logPlaceOf('s3://logs', { AWS_ACCESS_KEY_ID: 'id' })).toThrow(
      /no keys.*AWS_SECRET_ACCESS_KEY/,
    );
  });
});
