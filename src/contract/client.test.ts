import { describe, expect, it } from 'vitest';
import { ApiError, ApiUnreachableError } from './apiError.ts';
import { createApiClient } from './client.ts';
import { problemOf } from './problem.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function clientThatGets(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const api = createApiClient({
    baseUrl: 'http://127.0.0.1:7600/',
    token: 't0ken',
    fetch: async (url, init) => {
      sent.push({ url, init });
      return answer();
    },
  });
  return { api, sent };
}

describe('createApiClient', () => {
  it('fills path and query in, and sends token and body', async () => {
    const { api, sent } = clientThatGets(() => Response.json({}));
    await api.call('cancelRun', {
      params: { name: 'a b' },
      query: { namespace: 'etl' },
      body: { reason: 'why' },
    });
    expect(sent[0]?.url).toBe('http://127.0.0.1:7600/api/v1/runs/a%20b/cancel?namespace=etl');
    expect(sent[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"reason":"why"}',
      headers: { authorization: 'Bearer t0ken', 'content-type': 'application/json' },
    });
  });

  it('throws a refusal with its code, detail and fields', async () => {
    const problems = [{ field: 'spec.main', message: 'is required' }];
    const body = problemOf('SpecInvalid', 'spec.main is required', { problems });
    const { api } = clientThatGets(() => Response.json(body, { status: 422 }));
    const error: unknown = await api.call('listRuns', {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: 'SpecInvalid',
      status: 422,
      detail: 'spec.main is required',
      problems,
    });
  });

  it.each([
    ['a page of a proxy', () => new Response('<html>', { status: 502 })],
    ['another API', () => Response.json({ kind: 'Status' }, { status: 404 })],
    ['text where JSON should be', () => new Response('hello')],
  ])('says that %s is no Endwell server', async (_what, answer) => {
    const { api } = clientThatGets(answer);
    const call = api.call('listRuns', {});
    await expect(call).rejects.toThrow(ApiUnreachableError);
    await expect(call).rejects.toThrow('no Endwell server');
  });

  it('says why no connection came about, in the words of the system', async () => {
    const { api } = clientThatGets(() => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:7600') });
    });
    await expect(api.call('listRuns', {})).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:7600');
  });
});
