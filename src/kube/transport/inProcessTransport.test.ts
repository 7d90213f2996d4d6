import { describe, expect, it } from 'vitest';
import { inProcessTransport } from './inProcessTransport.ts';
import type { TransportRequest } from './transport.ts';
import { TransportError } from './transport.ts';

const request: TransportRequest = { method: 'GET', path: '/version', headers: {}, lane: 'read' };
const never = () => new Promise<never>(() => {});

async function* silent(): AsyncGenerator<Uint8Array> {
  yield await never();
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('inProcessTransport', () => {
  it('carries a request to the handler and its answer back', async () => {
    const transport = inProcessTransport(async ({ method, path }) => ({
      status: 200,
      headers: { a: 'b' },
      body: (async function* () {
        yield Buffer.from(`${method} ${path}`);
      })(),
    }));
    const response = await transport.send(request);
    expect([response.status, response.headers['a'], await text(response.body)]).toEqual([
      200,
      'b',
      'GET /version',
    ]);
  });

  it('lets an aborted request go though the handler ignores its signal', async () => {
    const abort = new AbortController();
    const sent = inProcessTransport(never).send({ ...request, signal: abort.signal });
    abort.abort(new Error('stop'));
    await expect(sent).rejects.toMatchObject({ sent: true });
  });

  it('ends a silent body when the signal is aborted, and when it is closed', async () => {
    const handler = async () => ({ status: 200, headers: {}, body: silent() });
    const abort = new AbortController();
    const transport = inProcessTransport(handler);
    const aborted = await transport.send({ ...request, signal: abort.signal });
    const closed = await transport.send(request);
    const reads = [text(aborted.body), text(closed.body)];
    abort.abort(new Error('stop'));
    await expect(reads[0]).rejects.toBeInstanceOf(TransportError);
    await transport.close();
    await expect(reads[1]).rejects.toBeInstanceOf(TransportError);
    await expect(transport.send(request)).rejects.toMatchObject({ sent: false });
  });

  it('tells the handler when a body is left early', async () => {
    let signal: AbortSignal | undefined;
    const transport = inProcessTransport(async (carried) => {
      signal = carried.signal;
      return {
        status: 200,
        headers: {},
        body: (async function* () {
          yield Buffer.from('1');
          yield await never();
        })(),
      };
    });
    for await (const chunk of (await transport.send(request)).body) {
      expect(chunk).toHaveLength(1);
      break;
    }
    expect(signal?.aborted).toBe(true);
  });
});
