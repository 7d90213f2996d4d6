import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../../src/contract/client.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import { readSse, type SseEvent } from '../../../src/contract/sse.ts';
import type { Run } from '../../../src/core/run/run.ts';
import { sendRequest } from '../../../src/ports/sendRequest.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, TOKEN, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');

async function submit(namespace: string, name: string, script: string, exitScript?: string): Promise<Run> {
  const { api } = server();
  return (await api.call('submitRun', { query: { namespace }, body: shellRun(name, script, exitScript) }))
    .body;
}

async function ended(namespace: string, name: string): Promise<Run> {
  const { api } = server();
  return eventually(async () => {
    const { body } = await api.call('getRun', { params: { name }, query: { namespace } });
    return /Succeeded|Failed|Cancelled/.test(body.status?.phase ?? '') && body;
  }, `run ${name} to end`);
}

async function take(
  bytes: AsyncIterable<Uint8Array>,
  isLast: (event: SseEvent) => boolean,
): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of readSse(bytes)) {
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

const runOf = ({ data }: SseEvent) => JSON.parse(data) as Run;

describe('GET /runs', () => {
  it('pages through all runs of a namespace, the newest first, each once', async () => {
    const { api, namespace } = server();
    const where = await namespace();
    for (let at = 0; at < 5; at++) await submit(where, `r${at}`, 'true');
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const at: { cursor?: string } = cursor === null ? {} : { cursor };
      const { body } = await api.call('listRuns', { query: { namespace: where, limit: 2, ...at } });
      expect(body.items.length).toBeLessThanOrEqual(2);
      names.push(...body.items.map(({ metadata }) => metadata.name ?? ''));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect([...names].sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
  });

  it('selects by label and by phase, and keeps namespaces apart', async () => {
    const { api, namespace } = server();
    const [here, there] = [await namespace(), await namespace()];
    const labelled = (name: string, team: string) => {
      const body = shellRun(name, 'true');
      return { ...body, metadata: { ...body.metadata, labels: { team } } };
    };
    for (const [where, name, team] of [
      [here, 'a', 'x'],
      [here, 'b', 'y'],
      [there, 'c', 'x'],
    ] as const) {
      await api.call('submitRun', { query: { namespace: where }, body: labelled(name, team) });
      await ended(where, name);
    }
    const list = async (query: object) =>
      (await api.call('listRuns', { query })).body.items.map(({ metadata }) => metadata.name ?? '').sort();
    expect(await list({ namespace: here, selector: 'team=x' })).toEqual(['a']);
    expect(await list({ allNamespaces: 'true', selector: 'team=x' })).toEqual(
      expect.arrayContaining(['a', 'c']),
    );
    await eventually(
      async () => (await list({ namespace: here, phase: 'Succeeded' })).length === 2,
      'the cache',
    );
    expect(await list({ namespace: here, phase: 'Failed' })).toEqual([]);
  });
});

describe('one run', () => {
  it('is read, explained, cancelled once, and deleted', async () => {
    const { api, namespace } = server();
    const query = { namespace: await namespace() };
    const params = { name: 'long' };
    await submit(query.namespace, 'long', 'sleep 100', 'true');
    const first = await api.call('cancelRun', { params, query, body: { reason: 'not needed' } });
    expect(first.body.spec.cancel).toEqual({ by: 'ada', reason: 'not needed' });
    const again = await api.call('cancelRun', { params, query, body: { reason: 'another reason' } });
    expect(again.body.spec.cancel).toEqual({ by: 'ada', reason: 'not needed' });
    const run = await ended(query.namespace, 'long');
    expect(run.status).toMatchObject({ phase: 'Cancelled', exit: { receipt: { exitCode: 0 } } });
    const { body } = await api.call('explainRun', { params, query });
    expect(body).toMatchObject({
      run: 'long',
      namespace: query.namespace,
      phase: 'Cancelled',
      reason: 'Cancelled',
    });
    expect((await api.call('deleteRun', { params, query })).status).toBe(202);
    await eventually(
      () =>
        api.call('getRun', { params, query }).then(
          () => false as const,
          () => true,
        ),
      'the run to go',
    );
  });

  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['GET', '/explain'],
    ['GET', '/logs'],
    ['GET', '/events'],
  ])('%s %s of a run that does not exist is 404 and names it', async (method, path) => {
    const answer = await server().send(method, `/api/v1/runs/ghost${path}`);
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code]).toEqual([404, 'NotFound']);
    expect(problem.detail).toContain('run ghost does not exist in namespace default');
  });
});

describe('GET /runs/{name}/logs', () => {
  const text = async (answer: Response) => [await answer.text(), answer.headers.get('endwell-log-after')];

  it('gives parts by byte cursor, of main and of the exit handler', async () => {
    const { namespace, send } = server();
    const where = await namespace();
    await submit(where, 'talks', 'printf 0123456789', 'printf bye');
    await ended(where, 'talks');
    const path = `/api/v1/runs/talks/logs?namespace=${where}`;
    expect(await text(await send('GET', `${path}&limitBytes=4`))).toEqual(['0123', '4']);
    expect(await text(await send('GET', `${path}&after=4&limitBytes=4`))).toEqual(['4567', '8']);
    expect(await text(await send('GET', `${path}&after=8`))).toEqual(['89', '10']);
    expect(await text(await send('GET', `${path}&after=10`))).toEqual(['', '10']);
    expect(await text(await send('GET', `${path}&stage=exit`))).toEqual(['bye', '3']);
  });

  it('follows from before the start to the end of the container', async () => {
    const { api, namespace } = server();
    const where = await namespace();
    await submit(where, 'slow', 'echo one; sleep 0.3; echo two');
    const query = { namespace: where, follow: 'true' as const };
    const answer = await api.open('runLogs', { params: { name: 'slow' }, query });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.bytes) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('one\ntwo\n');
  });

  it.each([
    ['an attempt', 'attempt=2'],
    ['a container', 'container=sidecar'],
    ['a handler', 'stage=exit'],
  ])('says that there is no such log of %s that is not there', async (_what, query) => {
    const { namespace, send } = server();
    const where = await namespace();
    await submit(where, 'done', 'true');
    await ended(where, 'done');
    const answer = await send('GET', `/api/v1/runs/done/logs?namespace=${where}&${query}`);
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([404, 'LogNotFound']);
  });
});

describe('GET /runs/{name}/events', () => {
  it('tells each state once, in order, and ends with the run', async () => {
    const { api, namespace } = server();
    const where = await namespace();
    await submit(where, 'told', 'sleep 0.2', 'true');
    const stream = await api.open('runEvents', { params: { name: 'told' }, query: { namespace: where } });
    const events = await take(stream.bytes, ({ event }) => event === 'end');
    const states = events.filter(({ event }) => event === 'run').map(runOf);
    const revisions = states.map(({ status }) => status?.revision ?? 0);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    expect(states.at(-1)?.status?.phase).toBe('Succeeded');
    expect(events.at(-1)?.event).toBe('end');
  });

  it('goes on behind Last-Event-ID', async () => {
    const { api, namespace } = server();
    const where = await namespace();
    await submit(where, 'again', 'true');
    const run = await ended(where, 'again');
    const params = { name: 'again' };
    const behind = async (id: string) => {
      const headers = { 'last-event-id': id };
      const { bytes } = await api.open('runEvents', { params, query: { namespace: where }, headers });
      return (await take(bytes, ({ event }) => event === 'end')).map(({ event }) => event);
    };
    const revision = run.status?.revision ?? 0;
    expect(await behind(`${run.metadata.uid}/${revision - 1}`)).toEqual(['run', 'end']);
    expect(await behind(`${run.metadata.uid}/${revision}`)).toEqual(['end']);
    expect(await behind('another-uid/99')).toEqual(['run', 'end']);
  });
});

describe('GET /stream', () => {
  it('tells what exists, then what comes, and takes up where it was', async () => {
    const { api, namespace } = server();
    const where = await namespace();
    await submit(where, 'early', 'true');
    await ended(where, 'early');
    const query = { namespace: where };
    const first = await api.open('stream', { query });
    let lastId: string | undefined;
    const seen = await take(first.bytes, ({ event, id }) => {
      lastId = id ?? lastId;
      return event === 'synced';
    });
    expect(seen.map(({ event }) => event)).toEqual(['reset', 'run', 'synced']);
    await submit(where, 'late', 'true');
    const headers = { 'last-event-id': lastId ?? '' };
    const second = await api.open('stream', { query, headers });
    const missed = await take(
      second.bytes,
      (event) => runOf(event).status?.phase === 'Succeeded' && runOf(event).metadata.name === 'late',
    );
    expect(missed.map(({ event }) => event)).not.toContain('reset');
    expect(new Set(missed.map((event) => runOf(event).metadata.name))).toContain('late');
  });

  it('begins anew behind an id that nobody knows', async () => {
    const { api, namespace } = server();
    const headers = { 'last-event-id': 'long-ago/7' };
    const { bytes } = await api.open('stream', { query: { namespace: await namespace() }, headers });
    const events = await take(bytes, ({ event }) => event === 'synced');
    expect(events.map(({ event }) => event)).toEqual(['reset', 'synced']);
  });
});

describe('access', () => {
  it.each([
    ['without a token', {}],
    ['with a wrong token', { authorization: 'Bearer wrong' }],
    ['with another scheme', { authorization: 'Basic YTpi' }],
  ])('a request %s is 401 and says what to send', async (_what, headers) => {
    const answer = await fetch(`${server().server.url}/api/v1/runs`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(((await answer.json()) as Problem).code).toBe('Unauthenticated');
  });

  const some = shellRun('x', 'true');
  const withSecret = { ...some, spec: { ...some.spec, input: { secret: 'key' } } };

  it.each([
    ['create runs', 'POST', '', some],
    ['create pods', 'POST', '', some],
    ['get secrets', 'POST', '', withSecret],
    ['list runs', 'GET', '', undefined],
    ['get runs', 'GET', '/x', undefined],
    ['delete runs', 'DELETE', '/x', undefined],
    ['patch runs', 'POST', '/x/cancel', {}],
    ['get pods/log', 'GET', '/x/logs', undefined],
    ['watch runs', 'GET', '/x/events', undefined],
  ])('without the right to %s, %s /runs%s is 403 and names it', async (right, method, path, body) => {
    const { cluster, namespace, send } = server();
    const where = await namespace();
    cluster.denied.add(right);
    const answer = await send(method, `/api/v1/runs${path}?namespace=${where}`, body && JSON.stringify(body));
    cluster.denied.delete(right);
    const problem = (await answer.json()) as Problem;
    const [verb = '', resource = ''] = right.split(' ');
    expect([answer.status, problem.code]).toEqual([403, 'Forbidden']);
    expect(problem.detail).toContain('ada may not ');
    expect(problem.detail.replaceAll('.endwell.dev', '')).toContain(`${verb} ${resource}`);
    expect(problem.detail).toContain(where);
  });

  it('the document of the API needs no token', async () => {
    const answer = await fetch(`${server().server.url}/api/v1/openapi.json`);
    expect(((await answer.json()) as { openapi: string }).openapi).toBe('3.1.0');
  });
});

describe('health', () => {
  it('says live and ready, and counts requests by route', async () => {
    const { healthUrl, url } = server().server;
    await fetch(`${url}/api/v1/openapi.json`);
    expect((await fetch(`${healthUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${healthUrl}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${healthUrl}/metrics`)).text();
    expect(metrics).toMatch(/endwell_http_requests_total\{route="openapi",method="GET",status="200"\} \d+/);
  });
});

describe('a client without the right address', () => {
  it('hears what is wrong in one line', async () => {
    const api = createApiClient({ baseUrl: 'http://127.0.0.1:9', token: TOKEN, send: sendRequest });
    await expect(api.call('listRuns', {})).rejects.toThrow(
      /^calling http:\/\/127\.0\.0\.1:9\/api\/v1\/runs: /,
    );
  });
});
