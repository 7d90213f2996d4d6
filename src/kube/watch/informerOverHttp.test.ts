import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { createKubeClient } from '../client/kubeClient.ts';
import { GoneError, UnreachableError } from '../errors.ts';
import { configMaps } from '../resources.ts';
import { accessTo, type Behaviour, startMisbehavingServer, type Wire } from '../testing/misbehavingServer.ts';
import { undiciTransport } from '../transport/undiciTransport.ts';
import { createInformer } from './informer.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const named = (name: string, resourceVersion: string) => ({
  kind: 'ConfigMap',
  metadata: { namespace: 'ns', name, uid: name, resourceVersion },
});
const end = (resourceVersion: string) =>
  line('BOOKMARK', { metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } } });
const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

/** An informer of a server whose n-th request is answered by the n-th behaviour; later ones stay open and silent. */
async function watching(...behaviours: Behaviour[]) {
  const server = await startMisbehavingServer((request, wire, nth) => {
    const behave = behaviours[nth - 1];
    if (behave) return behave(request, wire, nth);
    wire.head(200);
  });
  const client = createKubeClient({
    transport: undiciTransport(accessTo(server.url), { clock: systemClock, env: {} }),
    clock: systemClock,
    random: () => 0,
    userAgent: 'test/1',
  });
  const errors: unknown[] = [];
  const informer = createInformer({
    client,
    resource: configMaps,
    clock: systemClock,
    random: () => 0,
    onError: (error) => errors.push(error),
  });
  closing.push(
    () => server.close(),
    () => client.close(),
    () => informer.stop(),
  );
  informer.start();
  const names = () => informer.store.list().map((object) => object.metadata?.name);
  const query = (nth: number) => new URLSearchParams(server.requests[nth]?.path.split('?')[1]);
  return { server, informer, errors, names, query };
}

describe('createInformer over HTTP', () => {
  it('asks for WatchList as Kubernetes wants it, and goes on from the last version after a reset', async () => {
    let first: Wire | undefined;
    const { names, query, errors } = await watching(
      (_request, wire) => {
        first = wire;
        wire.head(200);
        wire.write(line('ADDED', named('a', '3')) + end('5') + line('ADDED', named('b', '7')));
      },
      (_request, wire) => {
        wire.head(200);
        wire.write(line('DELETED', named('a', '8')));
      },
    );
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a', 'b']);
    first?.reset();
    await expect.poll(names, { timeout: 5_000 }).toEqual(['b']);
    expect(Object.fromEntries(query(0))).toMatchObject({
      watch: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    });
    expect([query(1).get('resourceVersion'), query(1).get('sendInitialEvents')]).toEqual(['7', null]);
    expect(errors).toEqual([expect.any(UnreachableError)]);
  });

  it('falls back to a list where WatchList is refused, and lists anew after an ERROR event of 410', async () => {
    const list =
      (version: string, ...items: object[]): Behaviour =>
      (_request, wire) =>
        wire.json(200, { kind: 'ConfigMapList', metadata: { resourceVersion: version }, items });
    const { names, server, errors, informer } = await watching(
      (_request, wire) =>
        wire.json(422, { kind: 'Status', code: 422, reason: 'Invalid', message: 'forbidden' }),
      list('5', named('a', '3')),
      (_request, wire) => {
        wire.head(200);
        wire.write(line('ERROR', gone));
        wire.end();
      },
      list('9', named('b', '8')),
    );
    await expect.poll(names, { timeout: 5_000 }).toEqual(['b']);
    await expect.poll(() => server.requests.length).toBe(5);
    expect(informer.stats().lists).toBe(2);
    expect(errors.filter((error) => !(error instanceof GoneError))).toEqual([]);
  });

  it('survives garbage and a stream that is cut within an event', async () => {
    const { names } = await watching(
      (_request, wire) => {
        wire.head(200);
        wire.write(end('5'));
        wire.write('{"type":"ADDED","object":{"metad');
        wire.end();
      },
      (_request, wire) => {
        wire.head(200);
        wire.write('<html>504 from a proxy</html>\n');
      },
      (_request, wire) => {
        wire.head(200);
        wire.write(line('ADDED', named('a', '6')));
      },
    );
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a']);
  });

  it('gives its connections back when it is stopped in a stream, also in one whose head never came', async () => {
    for (const behave of [
      ((_request, wire) => wire.head(200)) satisfies Behaviour,
      (() => {}) satisfies Behaviour,
    ]) {
      const { server, informer } = await watching(behave);
      await expect.poll(() => server.requests.length).toBe(1);
      await informer.stop();
      await expect.poll(() => server.openConnections()).toBe(0);
    }
  });
});
