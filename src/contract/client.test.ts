import { describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../ports/sendRequest.ts';
import { anAnswer } from '../ports/testing/anAnswer.ts';
import { addresses } from './addresses.ts';
import { ApiError, ApiUnreachableError } from './apiError.ts';
import { createApiClient } from './client.ts';
import { problemOf } from './problem.ts';
import { routes } from './routes.ts';

function clientThatGets(answer: () => HttpAnswer) {
  const sent: HttpRequest[] = [];
  const api = createApiClient({
    baseUrl: 'http://127.0.0.1:7600/',
    token: 't0ken',
    send: async (request) => {
      sent.push(request);
      return answer();
    },
  });
  return { api, sent };
}

describe('createApiClient', () => {
  it('fills path and query in, and sends token and body', async () => {
    const { api, sent } = clientThatGets(() => anAnswer('{}'));
    await api.call('cancelRun', {
      params: { name: 'a b' },
      query: { namespace: 'etl' },
      body: { reason: 'why' },
    });
    expect(sent[0]).toMatchObject({
      url: 'http://127.0.0.1:7600/api/v1/runs/a%20b/cancel?namespace=etl',
      method: 'POST',
      body: '{"reason":"why"}',
      headers: { authorization: 'Bearer t0ken', 'content-type': 'application/json' },
    });
  });

  it('throws a refusal with its code, detail and fields', async () => {
    const problems = [{ field: 'spec.main', message: 'is required' }];
    const body = problemOf('SpecInvalid', 'spec.main is required', { problems });
    const { api } = clientThatGets(() => anAnswer(JSON.stringify(body), { status: 422 }));
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
    ['a page of a proxy', () => anAnswer('<html>', { status: 502 })],
    ['another API', () => anAnswer('{"kind":"Status"}', { status: 404 })],
    ['text where JSON should be', () => anAnswer('hello')],
  ])('says that %s is no Endwell server', async (_what, answer) => {
    const { api } = clientThatGets(answer);
    const call = api.call('listRuns', {});
    await expect(call).rejects.toThrow(ApiUnreachableError);
    await expect(call).rejects.toThrow('no Endwell server');
  });

  it('follows no redirect, and names the place that it points to without what may be secret in it', async () => {
    const headers = { location: 'https://login.example/start?state=secret' };
    const { api, sent } = clientThatGets(() => anAnswer('<html>', { status: 302, headers }));
    const call = api.call('listRuns', {});
    await expect(call).rejects.toThrow(/status 302 and points to https:\/\/login\.example; /);
    await expect(call).rejects.toThrow(ApiUnreachableError);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['one address', new Error('connect ECONNREFUSED 127.0.0.1:7600')],
    ['several', new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:7600'), new Error('other')])],
  ])('says why no connection to %s came about, in the words of the system', async (_what, cause) => {
    const { api } = clientThatGets(() => {
      throw cause;
    });
    await expect(api.call('listRuns', {})).rejects.toMatchObject({
      message: 'calling http://127.0.0.1:7600/api/v1/runs: connect ECONNREFUSED 127.0.0.1:7600',
      cause,
    });
  });

  it('throws when an answer that is read as it comes breaks off', async () => {
    const broken = async function* () {
      yield new Uint8Array(1);
      throw new Error('it broke');
    };
    const { api } = clientThatGets(() => ({ ...anAnswer(''), bytes: broken() }));
    const { bytes } = await api.open('stream', {});
    const parts = bytes[Symbol.asyncIterator]();
    await parts.next();
    await expect(parts.next()).rejects.toThrow(ApiUnreachableError);
  });
});

describe('addresses', () => {
  it('has the address of every route, and no other', () => {
    expect(addresses).toEqual(
      Object.fromEntries(Object.entries(routes).map(([name, { method, path }]) => [name, { method, path }])),
    );
  });
});
