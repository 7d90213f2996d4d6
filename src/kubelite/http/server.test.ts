import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { aConfigMap, aPod, type TestApi, testApi } from '../testing/testApi.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

let api: TestApi;
let agent: Agent;
let url: string;
beforeEach(async () => {
  api = await testApi({ startMs: systemClock.now() });
  const listener = await api.kubelite.listen(0);
  url = listener.url;
  agent = new Agent({ ca: listener.caPem, keepAlive: true, maxSockets: 1 });
});
afterEach(async () => {
  agent.destroy();
  await api.kubelite.stop();
});

interface Reply {
  readonly response: IncomingMessage;
  readonly text: string;
}

interface Options {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(path: string, options: Options = {}, body = ''): Promise<Reply> {
  const response = await open(path, options, body);
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { response, text };
}

function open(path: string, options: Options = {}, body = ''): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${api.kubelite.token}`, ...options.headers };
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { agent, ...options, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
}

describe('listenTls', () => {
  it('answers over TLS that its own authority vouches for, on one kept connection', async () => {
    const first = await send('/version');
    const second = await send('/api/v1/namespaces/default');
    expect(JSON.parse(first.text)).toMatchObject({ gitVersion: 'v1.34.0+kubelite', major: '1', minor: '34' });
    expect(JSON.parse(second.text)).toMatchObject({ metadata: { name: 'default' } });
    expect(second.response.socket).toBe(first.response.socket);
  });

  it('refuses who has no token, or another, but says that it lives', async () => {
    const none = await send('/api/v1/pods', { headers: { authorization: '' } });
    const wrong = await send('/api/v1/pods', { headers: { authorization: 'Bearer wrong' } });
    const health = await send('/livez', { headers: { authorization: '' } });
    expect([none, wrong, health].map(({ response }) => response.statusCode)).toEqual([401, 401, 200]);
    expect(JSON.parse(none.text)).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
  });

  it('takes the token of a service account while the account exists', async () => {
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    const issued = await api.ok('POST', `${account}/token`, { spec: { expirationSeconds: 600 } });
    const { token } = issued.status as { token: string };
    const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const as = { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } };
    const { text } = await send(whoami, { ...as, method: 'POST' }, '{}');
    expect(JSON.parse(text)).toMatchObject({
      status: { userInfo: { username: 'system:serviceaccount:default:default' } },
    });
    await api.ok('DELETE', account);
    expect((await send('/api/v1/pods', as)).response.statusCode).toBe(401);
  });

  it('streams a watch as it happens and stops when the client goes', async () => {
    const response = await open(`${MAPS}?watch=1`);
    await api.ok('POST', MAPS, aConfigMap('a'));
    const [chunk] = (await response[Symbol.asyncIterator]().next()).value.toString().split('\n');
    expect(JSON.parse(chunk)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    response.destroy();
  });

  it('refuses a body that is too large, and protobuf with a sentence', async () => {
    const post = (type: string, body: string) =>
      send(MAPS, { method: 'POST', headers: { 'content-type': type } }, body);
    expect((await post('application/json', 'x'.repeat(4_000_000))).response.statusCode).toBe(413);
    const { response, text } = await post('application/vnd.kubernetes.protobuf', 'k8s\0');
    expect([response.statusCode, (JSON.parse(text) as { message: string }).message]).toEqual([
      415,
      expect.stringContaining('kubelite reads JSON and YAML, not protobuf'),
    ]);
  });
});

describe('createApiHandler', () => {
  it('says why there are no Jobs', async () => {
    const { status, body } = await api.call('POST', '/apis/batch/v1/namespaces/default/jobs', {});
    expect([status, body.message]).toEqual([
      404,
      expect.stringContaining('kubelite has no Job or CronJob controller'),
    ]);
  });

  it('answers 404 for what is not there and 405 for what cannot be done', async () => {
    const statuses = [];
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['GET', '/apis/none/v1/things'],
      ['GET', '/api/v1/pods/p'],
      ['POST', '/api/v1/pods'],
      ['PUT', MAPS],
      ['GET', '/api/v1/namespaces/default/pods/p/binding'],
      ['GET', `${MAPS}/%zz`],
    ] as const) {
      statuses.push((await api.call(method, path)).status);
    }
    expect(statuses).toEqual([404, 404, 404, 405, 405, 405, 400]);
  });

  it('knows the local token, and allows everything', async () => {
    const review = (token: string) =>
      api.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    expect((await review(api.kubelite.token)).status).toMatchObject({
      authenticated: true,
      user: { groups: expect.arrayContaining(['system:masters']) as unknown },
    });
    expect((await review('other')).status).toMatchObject({ error: 'invalid bearer token' });
    const access = { spec: { resourceAttributes: { verb: 'create', resource: 'pods' } } };
    const answer = await api.ok('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', access);
    expect(answer.status).toMatchObject({ allowed: true });
  });

  it('lists every resource in both forms of discovery', async () => {
    const legacy = await api.ok('GET', '/api/v1');
    expect(
      (legacy as unknown as { resources: { name: string }[] }).resources.map(({ name }) => name),
    ).toEqual(expect.arrayContaining(['pods', 'pods/status', 'pods/log', 'secrets', 'namespaces/finalize']));
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const response = await api.kubelite.handler({ method: 'GET', path: '/apis', headers: { accept } });
    let text = '';
    for await (const chunk of response.body) text += Buffer.from(chunk).toString();
    expect(response.headers['content-type']).toBe(accept);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      items: expect.arrayContaining([
        expect.objectContaining({ metadata: { name: 'coordination.k8s.io', creationTimestamp: null } }),
      ]) as unknown,
    });
  });

  it('asks for the container when a pod has several', async () => {
    const containers = ['a', 'b'].map((name) => ({ name, image: 'i' }));
    await api.ok('POST', '/api/v1/namespaces/default/pods', aPod('p', { containers }));
    const { status, body } = await api.call('GET', '/api/v1/namespaces/default/pods/p/log');
    expect([status, body.message]).toEqual([
      400,
      'a container name must be specified for pod p, choose one of: [a b]',
    ]);
  });
});
