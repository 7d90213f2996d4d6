import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, request as send } from 'node:https';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loopbackCertificate, type Proxy, startProxy } from '../../faults/proxy.ts';
import { eventually } from '../../support/eventually.ts';

const pair = loopbackCertificate();
const heard: string[] = [];
const watching: ServerResponse[] = [];
const server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
  heard.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
  if (request.url?.includes('watch=true')) {
    watching.push(response);
    response.write('one event\n');
  } else response.end('answer');
});
let target = '';
let proxy: Proxy;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  target = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

beforeEach(async () => {
  heard.length = 0;
  proxy = await startProxy(target, pair.authority, pair);
});

afterEach(() => proxy.close());

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** One request over a connection of its own; its end is told, however it came. */
function ask(path: string) {
  const seen = { status: 0, text: '', end: undefined as 'ended' | 'broken' | undefined };
  const headers = { authorization: 'Bearer t' };
  const request = send(`${proxy.url}${path}`, { ca: pair.authority, agent: false, headers }, (answer) => {
    seen.status = answer.statusCode ?? 0;
    answer.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
    answer.on('end', () => (seen.end = 'ended')).on('error', () => (seen.end = 'broken'));
  });
  request.on('error', () => (seen.end = 'broken')).end();
  return seen;
}

describe('the proxy of the faults', () => {
  it('lets everything through, credentials included', async () => {
    const seen = ask('/api');
    await eventually(() => seen.end, 'an answer');
    expect(seen).toEqual({ status: 200, text: 'answer', end: 'ended' });
    expect(heard).toEqual(['GET /api Bearer t']);
  });

  it('cuts what is open and takes nothing new', async () => {
    const open = ask('/api?watch=true');
    await eventually(() => open.text !== '', 'an event');
    proxy.mode('cut');
    const next = ask('/api');
    await eventually(() => open.end && next.end, 'both to end');
    expect([open.end, next.end, next.status]).toEqual(['broken', 'broken', 0]);
  });

  it('holds while it stalls, and delivers late what was sent meanwhile', async () => {
    proxy.mode('stall');
    const seen = ask('/api');
    const other = ask('/api?second');
    await eventually(() => proxy.held() === 2, 'both to be held');
    expect([seen.end, other.end, heard]).toEqual([undefined, undefined, []]);
    proxy.mode('pass');
    await eventually(() => seen.end && other.end, 'both to be answered');
    expect(heard).toHaveLength(2);
  });

  it('refuses most requests with 429, as an API server does', async () => {
    proxy.mode('refuse');
    const all = Array.from({ length: 10 }, () => ask('/api'));
    await eventually(() => all.every(({ end }) => end !== undefined), 'all to be answered');
    expect(all.filter(({ status }) => status === 429)).toHaveLength(6);
    expect(JSON.parse(all.find(({ status }) => status === 429)?.text ?? '')).toMatchObject({ code: 429 });
  });

  it('gives every event once, whatever it did in between', async () => {
    const watch = ask('/api?watch=true');
    await eventually(() => watch.text !== '', 'an event');
    for (const mode of ['refuse', 'pass', 'stall', 'stall', 'refuse', 'pass', 'pass'] as const)
      proxy.mode(mode);
    watching.at(-1)?.write('another\n');
    await eventually(() => watch.text.includes('another'), 'another event');
    const last = ask('/api');
    await eventually(() => last.end, 'an answer');
    expect(watch.text).toBe('one event\nanother\n');
  });

  it('cuts watches and nothing else', async () => {
    const watch = ask('/api?watch=true');
    await eventually(() => watch.text !== '', 'an event');
    expect(proxy.cutWatches()).toBe(1);
    await eventually(() => watch.end, 'its end');
    expect(watch.end).toBe('broken');
    expect(proxy.cutWatches()).toBe(0);
  });
});
