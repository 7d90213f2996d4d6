import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sendRequest, sendUntil } from './sendRequest.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Where a server listens that answers so. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const get = (url: string) => ({ method: 'GET', url, headers: {} });

describe('sendRequest', () => {
  it('sends method, path, headers and body, and gives status, headers and body back', async () => {
    const url = await serve((request, response) => {
      response.writeHead(201, { 'X-B': '2' });
      response.write(`${request.method} ${request.url} ${String(request.headers['x-a'])} `);
      request.pipe(response);
    });
    const answer = await sendRequest({
      method: 'POST',
      url: `${url}/p?q=1`,
      headers: { 'X-A': '1' },
      body: 'ü',
    });
    expect({ status: answer.status, header: answer.header('x-b'), text: await answer.text() }).toEqual({
      status: 201,
      header: '2',
      text: 'POST /p?q=1 1 ü',
    });
    expect(answer.header('x-c')).toBeUndefined();
  });

  it('takes a redirect for an answer', async () => {
    const url = await serve((_, response) => void response.writeHead(302, { location: '/other' }).end());
    const answer = await sendRequest(get(url));
    expect([answer.status, answer.header('location')]).toEqual([302, '/other']);
    await answer.text();
  });

  it('gives the body as it comes', async () => {
    let more = () => {};
    const url = await serve((_, response) => {
      response.write('first');
      more = () => void response.end('second');
    });
    const parts: string[] = [];
    for await (const chunk of (await sendRequest(get(url))).bytes) {
      parts.push(String(chunk));
      more();
    }
    expect(parts).toEqual(['first', 'second']);
  });

  it('rejects with the words and the code of the system when nobody listens', async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    await expect(sendRequest(get(url))).rejects.toMatchObject({
      message: `connect ECONNREFUSED ${new URL(url).host}`,
      code: 'ECONNREFUSED',
    });
  });

  it.each([
    ['is reset', (end: { reset: () => void; close: () => void }) => end.reset()],
    ['ends before the length that was promised', (end: { close: () => void }) => end.close()],
  ])('throws behind what came when the connection %s', async (_how, cut) => {
    let end = { reset: () => {}, close: () => {} };
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      const { socket } = response;
      end = { reset: () => void socket?.resetAndDestroy(), close: () => void socket?.end() };
    });
    const parts: string[] = [];
    const read = async () => {
      for await (const chunk of (await sendRequest(get(url))).bytes) {
        parts.push(String(chunk));
        cut(end);
      }
    };
    await expect(read()).rejects.toThrow('the connection broke before the whole answer had come');
    expect(parts).toEqual(['half']);
  });

  it('throws when the connection broke before anybody read', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const url = await serve((_, response) => {
      closed = once(response, 'close');
      response.write('half');
    });
    const answer = await sendRequest(get(url));
    servers[0]?.closeAllConnections();
    await closed;
    await expect(answer.text()).rejects.toThrow('the connection broke');
  });

  it('gives up what says nothing, before its answer and within', async () => {
    const silent = await serve(() => {});
    const stalled = await serve((_, response) => void response.write('half'));
    const read = async (url: string) => (await sendRequest({ ...get(url), silenceMs: 200 })).text();
    await expect(read(silent)).rejects.toThrow('has said nothing for 0.2 s');
    await expect(read(stalled)).rejects.toThrow('has said nothing for 0.2 s');
  });

  it('ends with the reason of its signal, whether that comes first, before the answer or within', async () => {
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const url = await serve((request, response) => {
      if (request.url === '/silent') abort.abort(reason);
      else response.write('half');
    });
    const { signal } = abort;
    const reading = (await sendRequest({ ...get(url), signal })).text();
    const waiting = sendRequest({ ...get(`${url}/silent`), signal });
    await Promise.all([expect(reading).rejects.toBe(reason), expect(waiting).rejects.toBe(reason)]);
    await expect(sendRequest({ ...get(url), signal })).rejects.toBe(reason);
  });
});

describe('sendUntil', () => {
  it.each(['of the process', 'of the request'])('ends a request with the signal %s', async (whose) => {
    const [ofProcess, ofRequest] = [new AbortController(), new AbortController()];
    const reason = new Error('enough');
    const url = await serve(() => (whose === 'of the process' ? ofProcess : ofRequest).abort(reason));
    const sent = sendUntil(ofProcess.signal)({ ...get(url), signal: ofRequest.signal });
    await expect(sent).rejects.toBe(reason);
  });
});
