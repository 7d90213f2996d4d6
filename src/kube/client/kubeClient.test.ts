import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../ports/clock.ts';
import { systemClock } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import {
  AbortedError,
  AnswerLostError,
  BadRequestError,
  ConflictError,
  GoneError,
  MalformedAnswerError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnreachableError,
} from '../errors.ts';
import { configMaps, namespaces, pods, serviceAccounts } from '../resources.ts';
import type { Behaviour, MisbehavingServer } from '../testing/misbehavingServer.ts';
import { accessTo, startMisbehavingServer } from '../testing/misbehavingServer.ts';
import { undiciTransport } from '../transport/undiciTransport.ts';
import type { KubeClient, WatchEvent } from '../types.ts';
import type { RequestRecord } from './call.ts';
import { createKubeClient } from './kubeClient.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Served {
  readonly client: KubeClient;
  readonly server: MisbehavingServer;
  readonly records: RequestRecord[];
}

/** A client of a server that behaves so. Waits between tries are as short as jitter allows. */
async function serve(behave: Behaviour, clock: Clock = systemClock): Promise<Served> {
  const server = await startMisbehavingServer(behave);
  const records: RequestRecord[] = [];
  const client = createKubeClient({
    transport: undiciTransport(accessTo(server.url), { clock: systemClock }),
    clock,
    random: () => 0,
    userAgent: 'test/1',
    onRequest: (record) => records.push(record),
  });
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  return { client, server, records };
}

const status = (code: number, reason: string, more: object = {}) => ({
  kind: 'Status',
  code,
  reason,
  message: `it is ${reason}`,
  ...more,
});
const ref = { namespace: 'default', name: 'x' };
const pod = (name: string) => ({ metadata: { name, namespace: 'default', resourceVersion: '1' } });
const podList = (names: string[], token?: string) => ({
  kind: 'PodList',
  metadata: { resourceVersion: '7', ...(token && { continue: token }) },
  items: names.map(pod),
});
const query = (path: string) => Object.fromEntries(new URL(path, 'http://x').searchParams);

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Moves virtual time until the call has ended. */
async function through<T>(
  clock: ReturnType<typeof virtualClock>,
  call: Promise<T>,
  stepMs: number,
): Promise<T> {
  let isPending = true;
  const settled = call.finally(() => {
    isPending = false;
  });
  settled.catch(() => {});
  await clock.settle();
  while (isPending) await clock.advance(stepMs);
  return call;
}

describe('get', () => {
  it('asks once, as JSON, with its name, and counts the request', async () => {
    const { client, server, records } = await serve((_request, wire) => wire.json(200, pod('x')));
    expect((await client.get(pods, ref)).metadata?.name).toBe('x');
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/namespaces/default/pods/x',
      headers: { accept: 'application/json', 'user-agent': 'test/1' },
    });
    expect(records).toMatchObject([{ verb: 'get', resource: 'pods', status: 200 }]);
  });

  it('tries again after a reset, a cut body, garbage, 429 and 500', async () => {
    const bad: Behaviour[] = [
      (_request, wire) => wire.reset(),
      (_request, wire) => {
        wire.head(200);
        wire.write('{"metadata":');
        wire.reset();
      },
      (_request, wire) => {
        wire.head(200);
        wire.write('<html>welcome</html>');
        wire.end();
      },
    ];
    for (const first of [...bad, answering(429, 'TooManyRequests'), answering(500, 'InternalError')]) {
      const { client, server } = await serve((request, wire, nth) =>
        nth === 1 ? first(request, wire, nth) : wire.json(200, pod('x')),
      );
      expect((await client.get(pods, ref)).metadata?.name).toBe('x');
      expect(server.requests).toHaveLength(2);
    }
  });

  it('gives up after four tries with the last error', async () => {
    const { client, server } = await serve(answering(503, 'ServiceUnavailable'));
    await expect(client.get(pods, ref)).rejects.toBeInstanceOf(ServerError);
    expect(server.requests).toHaveLength(4);
  });

  it('waits as long as Retry-After says, and leaves a long one to its caller', async () => {
    const clock = virtualClock();
    const asked: number[] = [];
    const waits = await serve((_request, wire, nth) => {
      asked.push(clock.monotonic());
      if (nth === 1) wire.json(429, status(429, 'TooManyRequests'), { 'retry-after': '3' });
      else wire.json(200, pod('x'));
    }, clock);
    const got = waits.client.get(pods, ref);
    await expect.poll(() => waits.records.length).toBe(1);
    await through(clock, got, 100);
    expect(asked[1]).toBeGreaterThanOrEqual(3_000);
    const leaves = await serve((_request, wire) => wire.json(429, {}, { 'retry-after': '600' }));
    await expect(leaves.client.get(pods, ref)).rejects.toMatchObject({ retryAfterMs: 600_000 });
    expect(leaves.server.requests).toHaveLength(1);
  });

  it('never tries again what is refused for good, nor on the lease lane', async () => {
    const missing = await serve(answering(404, 'NotFound'));
    await expect(missing.client.get(pods, ref)).rejects.toBeInstanceOf(NotFoundError);
    const failing = await serve(answering(500, 'InternalError'));
    await expect(failing.client.get(pods, ref, { lane: 'lease' })).rejects.toBeInstanceOf(ServerError);
    expect([missing.server.requests.length, failing.server.requests.length]).toEqual([1, 1]);
  });

  it('ends with the time limit when nobody answers, and closes the half-open connection', async () => {
    const clock = virtualClock();
    let gone: Promise<void> | undefined;
    const { client, server } = await serve((_request, wire) => {
      gone = wire.gone;
    }, clock);
    const got = client.get(pods, ref, { lane: 'lease' });
    const outcome = expect(got).rejects.toMatchObject({ name: 'UnreachableError', phase: 'answer' });
    await expect.poll(() => server.requests.length).toBe(1);
    await clock.advance(65_000);
    await outcome;
    await gone;
  });

  it('ends when a body stops coming', async () => {
    const clock = virtualClock();
    const { client, records } = await serve((_request, wire) => {
      wire.head(200);
      wire.write('{');
    }, clock);
    const got = client.get(pods, ref, { lane: 'lease' });
    const outcome = expect(got).rejects.toThrow(/no answer from the API server: nothing came for 60000 ms/);
    await expect.poll(() => records.length).toBe(1);
    await through(
      clock,
      got.catch(() => undefined),
      1_000,
    );
    await outcome;
  });

  it('says that its caller stopped it, whatever it was doing', async () => {
    const stop = new AbortController();
    const { client } = await serve(() => stop.abort(new Error('enough')));
    const got = client.get(pods, ref, { signal: stop.signal });
    await expect(got).rejects.toMatchObject({ name: 'AbortedError', cause: new Error('enough') });
    await expect(client.get(pods, ref, { signal: stop.signal })).rejects.toBeInstanceOf(AbortedError);
  });

  it('knows that nobody is there', async () => {
    const { client, server } = await serve(() => {});
    await server.close();
    const got = client.get(pods, ref);
    await expect(got).rejects.toMatchObject({ name: 'UnreachableError', phase: 'connect' });
  });

  it('refuses a name that would mean something else', async () => {
    const { client, server } = await serve(answering(500, ''));
    for (const name of ['', '.', '..']) {
      await expect(client.get(pods, { namespace: 'default', name })).rejects.toBeInstanceOf(BadRequestError);
    }
    await expect(client.get(pods, { name: 'x' })).rejects.toBeInstanceOf(BadRequestError);
    await expect(client.get(namespaces, { name: '../secrets' })).rejects.toBeInstanceOf(ServerError);
    expect(new Set(server.requests.map((request) => request.path))).toEqual(
      new Set(['/api/v1/namespaces/..%2Fsecrets']),
    );
  });
});

describe('create', () => {
  it('says when its answer was lost, and does not send twice', async () => {
    const stored: string[] = [];
    const { client } = await serve((request, wire) => {
      stored.push(request.body);
      wire.reset();
    });
    const created = client.create(pods, pod('x'));
    await expect(created).rejects.toBeInstanceOf(AnswerLostError);
    await expect(created).rejects.toThrow(
      /^creating pods default\/x: the answer was lost .*it may have taken effect$/,
    );
    expect(stored.map((body) => JSON.parse(body) as unknown)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', ...pod('x') },
    ]);
  });

  it('says so too when the head came and the body did not', async () => {
    const { client } = await serve((_request, wire) => {
      wire.head(201, { 'content-length': '100' });
      wire.write('{"metadata"');
      wire.reset();
    });
    await expect(client.create(pods, pod('x'))).rejects.toMatchObject({
      name: 'AnswerLostError',
      status: 201,
    });
  });

  it('is sent again after 429, which says that nothing was done', async () => {
    const { client, server } = await serve((_request, wire, nth) =>
      nth === 1 ? wire.json(429, status(429, 'TooManyRequests')) : wire.json(201, pod('x')),
    );
    await client.create(pods, pod('x'), { dryRun: true, fieldManager: 'me', fieldValidation: 'Strict' });
    expect(server.requests).toHaveLength(2);
    expect(query(server.requests[1]?.path ?? '')).toEqual({
      dryRun: 'All',
      fieldManager: 'me',
      fieldValidation: 'Strict',
    });
  });

  it('certainly did nothing when its credential could not be had in time', async () => {
    const clock = virtualClock();
    const server = await startMisbehavingServer(() => {});
    const plugin = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'login',
      args: [],
      env: {},
      installHint: undefined,
      provideClusterInfo: false,
      clusterConfig: undefined,
    } as const;
    const transport = undiciTransport(accessTo(server.url, { login: { kind: 'exec', plugin } }), {
      clock,
      runCommand: () => new Promise(() => {}),
    });
    const client = createKubeClient({ transport, clock, random: () => 0, userAgent: 'test/1' });
    const created = client.create(pods, pod('x'));
    const outcome = expect(created).rejects.toMatchObject({ name: 'UnreachableError', phase: 'connect' });
    await clock.advance(65_000);
    await outcome;
    await client.close();
    await server.close();
  });

  it('is not sent again after 5xx', async () => {
    const { client, server } = await serve(answering(504, 'Timeout'));
    await expect(client.create(pods, pod('x'))).rejects.toBeInstanceOf(ServerError);
    expect(server.requests).toHaveLength(1);
  });
});

describe('lanes', () => {
  it('keep reads, writes of status and the lease going while creates hang', async () => {
    const { client, server } = await serve((request, wire) => {
      if (request.method !== 'POST') wire.json(200, pod('x'));
    });
    const stop = new AbortController();
    const creates = Array.from({ length: 40 }, (_, i) =>
      client.create(pods, pod(`p${i}`), { signal: stop.signal }),
    );
    const ends = Promise.allSettled(creates);
    await client.get(pods, ref);
    await client.replace(pods, pod('x'), { subresource: 'status' });
    await client.patch(pods, ref, { type: 'merge', body: {} }, { lane: 'lease' });
    await client.delete(pods, ref);
    expect(server.requests.filter((request) => request.method === 'POST')).toHaveLength(16);
    stop.abort(new Error('stop'));
    for (const end of await ends) expect(end).toMatchObject({ reason: { name: 'AbortedError' } });
  });
});

describe('other writes', () => {
  it('patches with the content type of the patch', async () => {
    const { client, server } = await serve((_request, wire) => wire.json(200, pod('x')));
    await client.patch(pods, ref, { type: 'json', body: [] });
    await client.patch(pods, ref, { type: 'merge', body: {} }, { subresource: 'status' });
    await client.patch(pods, ref, { type: 'strategic', body: {} });
    await client.patch(pods, ref, { type: 'apply', body: {}, fieldManager: 'me', force: true });
    expect(
      server.requests.map(({ path, headers }) => [
        path.split('/').slice(6).join('/'),
        headers['content-type'],
      ]),
    ).toEqual([
      ['x', 'application/json-patch+json'],
      ['x/status', 'application/merge-patch+json'],
      ['x', 'application/strategic-merge-patch+json'],
      ['x?fieldManager=me&force=true', 'application/apply-patch+yaml'],
    ]);
  });

  it('speaks to a subresource at its path, and names it in what it refuses', async () => {
    const { client, server } = await serve((_request, wire, nth) =>
      nth < 6 ? wire.json(200, {}) : wire.json(403, { kind: 'Status', code: 403, reason: 'Forbidden' }),
    );
    const account = { namespace: 'ns', name: 'robot' };
    await client.get(pods, ref, { subresource: 'scale' });
    await client.replace(pods, pod('x'), { subresource: 'scale' });
    await client.patch(pods, ref, { type: 'merge', body: {} }, { subresource: 'scale' });
    await client.createSubresource(pods, ref, 'eviction', {}, { dryRun: true });
    await client.createSubresource(serviceAccounts, account, 'token', { spec: { audiences: ['a'] } });
    await expect(client.createSubresource(serviceAccounts, account, 'token', {})).rejects.toThrow(
      /^creating token of serviceaccounts ns\/robot: /,
    );
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/namespaces/default/pods/x/scale',
      'PUT /api/v1/namespaces/default/pods/x/scale',
      'PATCH /api/v1/namespaces/default/pods/x/scale',
      'POST /api/v1/namespaces/default/pods/x/eviction?dryRun=All',
      'POST /api/v1/namespaces/ns/serviceaccounts/robot/token',
      'POST /api/v1/namespaces/ns/serviceaccounts/robot/token',
    ]);
    expect(JSON.parse(server.requests[4]?.body ?? '')).toEqual({ spec: { audiences: ['a'] } });
  });

  it('deletes under preconditions, and tells what is gone from what is going', async () => {
    const { client, server } = await serve((_request, wire, nth) =>
      wire.json(200, nth === 1 ? { kind: 'Status', status: 'Success' } : { kind: 'Pod', ...pod('x') }),
    );
    const preconditions = { uid: 'u', resourceVersion: '3' };
    expect(
      await client.delete(pods, ref, { gracePeriodSeconds: 0, propagationPolicy: 'Orphan', preconditions }),
    ).toBeUndefined();
    expect((await client.delete(pods, ref))?.metadata?.name).toBe('x');
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Orphan',
      preconditions,
    });
  });

  it('takes a conflict as an answer', async () => {
    const { client } = await serve(answering(409, 'Conflict'));
    await expect(client.replace(pods, pod('x'))).rejects.toBeInstanceOf(ConflictError);
  });

  it('takes the 429 of a disruption budget as an answer', async () => {
    const details = { causes: [{ reason: 'DisruptionBudget', message: 'needs 2' }] };
    const { client, server } = await serve((_request, wire) =>
      wire.json(429, status(429, 'TooManyRequests', { details })),
    );
    const evicted = client.createSubresource(pods, ref, 'eviction', { kind: 'Eviction' });
    await expect(evicted).rejects.toBeInstanceOf(TooManyRequestsError);
    expect(server.requests.map((request) => request.path)).toEqual([
      '/api/v1/namespaces/default/pods/x/eviction',
    ]);
  });
});

describe('list', () => {
  it('takes two connections at most for 500 lists one after another', async () => {
    const { client, server } = await serve((_request, wire) => wire.json(200, podList(['a'])));
    for (let i = 0; i < 500; i++) await client.list(pods);
    expect(server.connectionCount()).toBeLessThanOrEqual(2);
  });
});

describe('listAll', () => {
  it('puts pages together; every object says its kind', async () => {
    const { client, server } = await serve((request, wire) =>
      wire.json(200, query(request.path)['continue'] === 'p2' ? podList(['b']) : podList(['a'], 'p2')),
    );
    const list = await client.listAll(pods, { labelSelector: 'a=b', limit: 1, resourceVersion: '0' });
    expect(list.items.map((item) => [item.kind, item.apiVersion, item.metadata?.name])).toEqual([
      ['Pod', 'v1', 'a'],
      ['Pod', 'v1', 'b'],
    ]);
    expect(list.resourceVersion).toBe('7');
    expect(server.requests.map((request) => query(request.path))).toEqual([
      { labelSelector: 'a=b', limit: '1', resourceVersion: '0' },
      { labelSelector: 'a=b', limit: '1', continue: 'p2' },
    ]);
  });

  it('starts again when the version expires between two pages', async () => {
    const { client } = await serve((request, wire, nth) => {
      if (query(request.path)['continue'] === undefined) wire.json(200, podList([`a${nth}`], 'p2'));
      else if (nth === 2) wire.json(410, status(410, 'Expired'));
      else wire.json(200, podList(['b']));
    });
    expect((await client.listAll(pods)).items.map((item) => item.metadata?.name)).toEqual(['a3', 'b']);
  });

  it('asks for one piece when that goes on', async () => {
    const { client, server } = await serve((request, wire) => {
      if (query(request.path)['limit'] === undefined) wire.json(200, podList(['a', 'b']));
      else if (query(request.path)['continue'] === undefined) wire.json(200, podList(['a'], 'p2'));
      else wire.json(410, status(410, 'Expired'));
    });
    expect((await client.listAll(pods)).items).toHaveLength(2);
    expect(server.requests).toHaveLength(7);
  });

  it('refuses what is no list', async () => {
    const { client } = await serve((_request, wire) => wire.json(200, { metadata: {}, items: {} }));
    await expect(client.list(pods, { lane: 'lease' })).rejects.toBeInstanceOf(MalformedAnswerError);
  });
});

describe('watch', () => {
  const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;

  async function collect(behave: Behaviour, clock?: Clock, idleMs?: number) {
    const served = await serve(behave, clock);
    const seen: WatchEvent<object>[] = [];
    const options = {
      namespace: 'default',
      resourceVersion: '5',
      ...(idleMs === undefined ? {} : { idleMs }),
    };
    const end = (async () => {
      for await (const each of served.client.watch(pods, options)) seen.push(each);
    })();
    return { ...served, seen, end };
  }

  it('gives events as they come, across any cut of the bytes, and ends when the server ends it', async () => {
    const { seen, end, server } = await collect((_request, wire) => {
      wire.head(200);
      const bytes = Buffer.from(
        event('ADDED', pod('ä€😀')) +
          event('BOOKMARK', {
            metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } },
          }),
      );
      for (const byte of bytes) wire.write(Uint8Array.of(byte));
      wire.end();
    });
    await end;
    expect(seen).toEqual([
      { type: 'ADDED', object: pod('ä€😀') },
      { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: true },
    ]);
    expect(query(server.requests[0]?.path ?? '')).toEqual({ watch: 'true', resourceVersion: '5' });
  });

  it.each([
    ['410 as an answer', (wire: Wire) => wire.json(410, status(410, 'Expired')), GoneError],
    ['410 as an event', (wire: Wire) => say(wire, event('ERROR', status(410, 'Expired'))), GoneError],
    ['garbage', (wire: Wire) => say(wire, 'garbage\n'), MalformedAnswerError],
    ['an unknown event', (wire: Wire) => say(wire, event('MOVED', {})), MalformedAnswerError],
    ['an event without an object', (wire: Wire) => say(wire, '{"type":"ADDED"}\n'), MalformedAnswerError],
    ['an end within an event', (wire: Wire) => say(wire, '{"type":"ADD'), UnreachableError],
    ['a reset', (wire: Wire) => say(wire, event('ADDED', pod('x')), 'reset'), UnreachableError],
  ])('throws at %s', async (_what, misbehave, type) => {
    const { end } = await collect((_request, wire) => misbehave(wire));
    await expect(end).rejects.toBeInstanceOf(type);
  });

  it('throws when it falls silent, and lets the connection go', async () => {
    const clock = virtualClock();
    let gone: Promise<void> | undefined;
    const { seen, end } = await collect(
      (_request, wire) => {
        gone = wire.gone;
        wire.head(200);
        wire.write(event('ADDED', pod('x')));
      },
      clock,
      5_000,
    );
    const outcome = expect(end).rejects.toThrow(
      'watching pods of default: the stream broke: nothing came for 5000 ms',
    );
    await expect.poll(() => seen.length).toBe(1);
    await clock.advance(5_000);
    await outcome;
    await gone;
  });

  it('stops a silent stream at once by its signal, and a busy one by leaving it', async () => {
    const stop = new AbortController();
    const ends: Promise<void>[] = [];
    const { client } = await serve((_request, wire) => {
      ends.push(wire.gone);
      wire.head(200);
      wire.write(event('ADDED', pod('x')));
    });
    const silent = (async () => {
      for await (const each of client.watch(pods, { signal: stop.signal })) {
        expect(each.type).toBe('ADDED');
        stop.abort(new Error('stop'));
      }
    })();
    await expect(silent).rejects.toBeInstanceOf(AbortedError);
    for await (const each of client.watch(pods)) {
      expect(each.type).toBe('ADDED');
      break;
    }
    await Promise.all(ends);
    expect(ends).toHaveLength(2);
  });
});

describe('podLog', () => {
  it('gives the bytes as they are', async () => {
    const { client, server } = await serve((_request, wire) => {
      wire.head(200);
      wire.write(Uint8Array.of(0xff, 0x00, 0xe2));
      wire.end();
    });
    const log = await client.podLog(ref, {
      container: 'main',
      previous: true,
      tailLines: 5,
      limitBytes: 9,
      timestamps: true,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of log) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0xff, 0x00, 0xe2]));
    expect(query(server.requests[0]?.path ?? '')).toEqual({
      container: 'main',
      previous: 'true',
      tailLines: '5',
      limitBytes: '9',
      timestamps: 'true',
    });
  });

  it('throws from its iterator when the connection drops under a followed log', async () => {
    const { client } = await serve((_request, wire) => {
      wire.head(200);
      wire.write('first\n');
      setImmediate(() => wire.reset());
    });
    const read = text(await client.podLog(ref, { follow: true }));
    await expect(read).rejects.toMatchObject({ name: 'UnreachableError', phase: 'stream' });
  });

  it('follows a silent pod for ever, unless told not to', async () => {
    const clock = virtualClock();
    const { client } = await serve((_request, wire) => {
      wire.head(200);
      wire.write('first\n');
    }, clock);
    const stop = new AbortController();
    const patient = text(await client.podLog(ref, { follow: true, signal: stop.signal }));
    const patientEnd = expect(patient).rejects.toBeInstanceOf(AbortedError);
    const log = (await client.podLog(ref, { follow: true, idleMs: 1_000 }))[Symbol.asyncIterator]();
    await log.next();
    const impatient = expect(log.next()).rejects.toBeInstanceOf(UnreachableError);
    await clock.advance(86_400_000);
    await impatient;
    expect(clock.timers()).toBe(0);
    stop.abort(new Error('stop'));
    await patientEnd;
  });

  it('frees the connection when it is left early', async () => {
    let gone: Promise<void> | undefined;
    const { client } = await serve((_request, wire) => {
      gone = wire.gone;
      wire.head(200);
      wire.write('line\n');
    });
    for await (const chunk of await client.podLog(ref, { follow: true })) {
      expect(chunk.length).toBe(5);
      break;
    }
    await gone;
  });

  it('says why there is none', async () => {
    const { client } = await serve(answering(400, 'BadRequest'));
    await expect(client.podLog(ref, { container: 'main' })).rejects.toThrow(
      'reading log of pods default/x container main: it is BadRequest (400 BadRequest)',
    );
  });
});

describe('serverNow', () => {
  it('follows the Date header of the answers', async () => {
    const { client } = await serve((_request, wire) =>
      wire.json(200, {}, { date: 'Mon, 01 Jan 2035 00:00:00 GMT' }),
    );
    await client.get(configMaps, ref);
    expect(new Date(client.serverNow()).getUTCFullYear()).toBe(2035);
  });
});

type Wire = Parameters<Behaviour>[1];

function answering(code: number, reason: string): Behaviour {
  return (_request, wire) => wire.json(code, status(code, reason));
}

function say(wire: Wire, line: string, then: 'end' | 'reset' = 'end'): void {
  wire.head(200);
  wire.write(line);
  if (then === 'end') wire.end();
  else wire.reset();
}
