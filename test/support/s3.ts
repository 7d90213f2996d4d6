import { S3mini } from 's3mini';
import type { S3Place } from '../../src/store/logs/s3Logs.ts';
import { startDaemon } from './daemon.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePorts.ts';

/** An S3-compatible server (moto, of test/services/requirements.txt) that keeps its objects in memory. */
export interface S3Server {
  /** A bucket that is empty. */
  place(): Promise<S3Place>;
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback. */
export async function startS3(): Promise<S3Server> {
  const port = await freePort();
  const daemon = startDaemon('moto_server', ['-H', '127.0.0.1', '-p', String(port)]);
  const endpoint = `http://127.0.0.1:${port}`;
  const keys = { region: 'eu-central-1', accessKeyId: 'an-id', secretAccessKey: 'a-hidden-key' };
  let buckets = 0;
  const isUp = () =>
    fetch(endpoint).then(
      () => true,
      () => false,
    );
  await eventually(isUp, () => `moto_server to start; it said ${daemon.output()}`);
  return {
    async place() {
      buckets += 1;
      const bucket = `logs-${buckets}`;
      await new S3mini({ ...keys, endpoint: `${endpoint}/${bucket}` }).createBucket();
      return { ...keys, endpoint, bucket, prefix: 'endwell/test' };
    },
    close: () => daemon.stop(),
  };
}
