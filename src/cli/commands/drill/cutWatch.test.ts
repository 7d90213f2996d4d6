import { describe, expect, it } from 'vitest';
import { AbortedError, UnreachableError } from '../../../kube/errors.ts';
import { pods } from '../../../kube/resources.ts';
import type { KubeClient, WatchOptions } from '../../../kube/types.ts';
import { onAbort } from '../../../ports/onAbort.ts';
import { cutClient } from './cutWatch.ts';

/** A client whose watches say one thing and then nothing, until their signal ends them. */
const silent = {
  async *watch(_resource: unknown, { signal }: WatchOptions) {
    yield { type: 'BOOKMARK', resourceVersion: '1', initialEventsEnd: true };
    await new Promise((_, reject) => {
      onAbort(signal, () => reject(new AbortedError({ message: 'aborted', cause: signal?.reason })));
    });
  },
} as unknown as KubeClient;

/** A watch that is open; `end` gives how it ends. */
async function open(client: Pick<KubeClient, 'watch'>, options: WatchOptions = {}) {
  const events = client.watch(pods, options)[Symbol.asyncIterator]();
  await events.next();
  const end = events.next().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { end };
}

describe('cutClient', () => {
  it('breaks an open watch as a broken connection does', async () => {
    const { client, cut, count } = cutClient(silent);
    const { end } = await open(client);
    cut();
    expect(await end).toBeInstanceOf(UnreachableError);
    expect(count()).toBe(1);
  });

  it('leaves a watch that its own caller ends to that, and does not count it', async () => {
    const { client, cut, count } = cutClient(silent);
    const stop = new AbortController();
    const { end } = await open(client, { signal: stop.signal });
    stop.abort(new Error('enough'));
    expect(await end).toBeInstanceOf(AbortedError);
    cut();
    expect(count()).toBe(0);
  });
});
