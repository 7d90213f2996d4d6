import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/actions/resources.ts';
import { ApiError } from '../../../src/contract/apiError.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');

async function refused(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`it was not refused: ${String(error)}`);
  return error;
}

describe('POST /runs', () => {
  it('answers 201 with the run once the leader has accepted it, and the finalizer was there from the start', async () => {
    const { api, namespace } = server();
    const query = { namespace: await namespace() };
    const { status, body } = await api.call('submitRun', { query, body: shellRun('good', 'true') });
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({ name: 'good', namespace: query.namespace });
    expect(body.metadata.finalizers).toEqual(['endwell.dev/exit-owed']);
    expect(body.status?.conditions.find(({ type }) => type === 'Accepted')?.status).toBe('True');
  });

  it('makes one run of a request that is repeated with its key, also at the same time', async () => {
    const { api, client, namespace } = server();
    const query = { namespace: await namespace() };
    const headers = { 'idempotency-key': 'k-1' };
    const post = () => api.call('submitRun', { query, headers, body: shellRun(undefined, 'true') });
    const first = await Promise.all([post(), post(), post()]);
    const later = await post();
    const uids = new Set([...first, later].map(({ body }) => body.metadata.uid));
    expect(uids.size).toBe(1);
    expect((await client.list(runs, query)).items).toHaveLength(1);
  });

  it.each([
    ['another command', shellRun(undefined, 'false')],
    ['another name', shellRun('other', 'true')],
  ])('refuses a key that comes again with %s', async (_what, second) => {
    const { api, namespace } = server();
    const query = { namespace: await namespace() };
    const headers = { 'idempotency-key': 'k-2' };
    await api.call('submitRun', { query, headers, body: shellRun(undefined, 'true') });
    const error = await refused(api.call('submitRun', { query, headers, body: second }));
    expect(error).toMatchObject({ code: 'IdempotencyKeyReused', status: 422 });
  });

  it('refuses a name that is taken', async () => {
    const { api, namespace } = server();
    const query = { namespace: await namespace() };
    await api.call('submitRun', { query, body: shellRun('taken', 'true') });
    const error = await refused(api.call('submitRun', { query, body: shellRun('taken', 'true') }));
    expect(error).toMatchObject({ code: 'AlreadyExists', status: 409 });
  });

  it('says that a namespace does not exist', async () => {
    const { api } = server();
    const query = { namespace: 'nowhere' };
    const error = await refused(api.call('submitRun', { query, body: shellRun('x', 'true') }));
    expect(error).toMatchObject({ code: 'NotFound', status: 404 });
    expect(error.detail).toContain('nowhere');
  });
});

const container = { name: 'main', image: 'busybox:1', command: ['true'] };
const main = (change: object) => ({ spec: { containers: [{ ...container, ...change }] } });
const good = { main: main({}) };

describe('bad input to POST /runs', () => {
  it.each([
    ['an unknown field', { ...good, queu: 'x' }, 'spec.queu', 'queue'],
    [
      'an unknown field of limits',
      { ...good, limits: { runSecond: 1 } },
      'spec.limits.runSecond',
      'runSeconds',
    ],
    ['a wrong type', { ...good, limits: { runSeconds: '10' } }, 'spec.limits.runSeconds', 'number'],
    ['a value that is none of the list', { ...good, logs: 'Some' }, 'spec.logs', 'Tail, Whole, Follow'],
    ['no main', {}, 'spec.main', 'required'],
    ['no container', { main: { spec: {} } }, 'spec.main.spec.containers', 'required'],
    ['no image', { main: main({ image: '' }) }, 'spec.main.spec.containers[main].image', 'required'],
    ['a bad image', { main: main({ image: 'UP per' }) }, 'spec.main.spec.containers[main].image', 'UP per'],
    [
      'a bad quantity',
      { main: main({ resources: { limits: { memory: '1 GB' } } }) },
      'spec.main.spec.containers[main].resources.limits.memory',
      '1 GB',
    ],
    ['an unknown field of a container', { main: main({ comand: ['x'] }) }, 'spec.main', 'comand'],
    [
      'a command that is no list',
      { main: main({ command: 'true' }) },
      'spec.main.spec.containers[0].command',
      'list',
    ],
    [
      'another restart policy',
      { main: { spec: { ...main({}).spec, restartPolicy: 'Always' } } },
      'spec.main.spec.restartPolicy',
      'Never',
    ],
    [
      'an exit handler without container',
      { ...good, exitHandler: {} },
      'spec.exitHandler.spec.containers',
      'required',
    ],
    ['an unknown profile', { ...good, profile: 'nightly' }, 'spec.profile', 'nightly'],
  ])('%s is refused by field, before anything is stored', async (_what, spec, field, says) => {
    const { client, send, namespace } = server();
    const where = await namespace();
    const body = JSON.stringify({ metadata: { name: 'bad' }, spec });
    const answer = await send('POST', `/api/v1/runs?namespace=${where}`, body);
    const problem = (await answer.json()) as Problem;
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect([answer.status, problem.code, problem.problems?.[0]?.field]).toEqual([422, 'SpecInvalid', field]);
    expect(problem.problems?.[0]?.message).toContain(says);
    expect((await client.list(runs, { namespace: where })).items).toEqual([]);
  });

  it.each([
    ['a name that is too long', { name: 'a'.repeat(58) }, 'metadata.name', '57'],
    ['a name that is none', { name: 'A_b' }, 'metadata.name', 'lower case'],
    ['an unknown field of metadata', { name: 'x', finalizers: [] }, 'metadata.finalizers', 'labels'],
    [
      'another namespace than in the query',
      { name: 'x', namespace: 'elsewhere' },
      'metadata.namespace',
      'one namespace',
    ],
  ])('%s is refused', async (_what, metadata, field, says) => {
    const { send, namespace } = server();
    const body = JSON.stringify({ metadata, spec: good });
    const answer = await send('POST', `/api/v1/runs?namespace=${await namespace()}`, body);
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.problems?.[0]?.field]).toEqual([422, field]);
    expect(problem.detail).toContain(says);
  });

  it.each([
    ['text that is no JSON', '{', {}, 400, 'BadRequest'],
    ['no body', undefined, {}, 422, 'SpecInvalid'],
    ['another type of body', 'a: 1', { 'content-type': 'application/yaml' }, 415, 'UnsupportedMediaType'],
    ['a body that is too large', JSON.stringify({ x: 'y'.repeat(1_100_000) }), {}, 413, 'PayloadTooLarge'],
    ['a key that is too long', '{}', { 'idempotency-key': 'k'.repeat(300) }, 400, 'BadRequest'],
  ])('%s is refused', async (_what, body, headers, status, code) => {
    const answer = await server().send('POST', '/api/v1/runs', body, headers);
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([status, code]);
  });

  it.each([
    ['GET', '/api/v1/runs?limit=501', 'query.limit', 400],
    ['GET', '/api/v1/runs?limits=5', 'query.limits', 400],
    ['GET', '/api/v1/runs?cursor=*', 'query.cursor', 400],
    ['GET', '/api/v1/runs?selector=a%3D%3D%3D', 'query.selector', 400],
    ['GET', '/api/v1/runs/x/logs?after=-1', 'query.after', 400],
    ['GET', '/api/v1/runs/x/logs?stage=init', 'query.stage', 400],
  ])('%s %s is refused by %s', async (method, path, field, status) => {
    const answer = await server().send(method, path);
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.problems?.[0]?.field]).toEqual([status, field]);
  });

  it('a path that is not there, and one that takes another method, say what there is', async () => {
    const { send } = server();
    const missing = (await (await send('GET', '/api/v1/nothing')).json()) as Problem;
    expect(missing).toMatchObject({ code: 'NotFound', status: 404 });
    const wrong = (await (await send('DELETE', '/api/v1/runs')).json()) as Problem;
    expect(wrong).toMatchObject({ code: 'MethodNotAllowed', status: 405 });
    expect(wrong.detail).toContain('POST, GET');
  });
});
