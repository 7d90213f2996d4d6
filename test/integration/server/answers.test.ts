import { afterEach, describe, expect, it } from 'vitest';
import { deleteRun } from '../../../src/actions/deleteRun.ts';
import { runs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import type { Run } from '../../../src/core/run/run.ts';
import { accepted, type Judge, refusedFor, startLeader } from './leader.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('without operator');
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function leader(judge: Judge): Promise<void> {
  const { stop } = await startLeader(server().client, judge);
  stops.push(stop);
}

async function post(namespace: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify(shellRun(undefined, 'true'));
  return server().send('POST', `/api/v1/runs?namespace=${namespace}`, body, headers);
}

/** The first run of a namespace is accepted; the leader joins all later ones to it. */
function joinFirst(): Judge {
  const first = new Map<string, string>();
  return (run) => {
    const { namespace = '', name = '' } = run.metadata;
    const other = first.get(namespace);
    if (other === undefined) first.set(namespace, name);
    return other === undefined
      ? accepted(run)
      : refusedFor('Joined', `run ${other} does this already`, { joined: other });
  };
}

describe('the answer to POST /runs', () => {
  it('is 200 with the run that does the work, for one that joined it', async () => {
    await leader(joinFirst());
    const namespace = await server().namespace();
    const made = (await (await post(namespace)).json()) as Run;
    const answer = await post(namespace);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as Run).metadata.uid).toBe(made.metadata.uid);
  });

  it('is 200 with the own record, which names the other run, where the caller may not read that or it is gone', async () => {
    await leader(joinFirst());
    const { cluster, client, namespace: newNamespace } = server();
    const namespace = await newNamespace();
    const made = (await (await post(namespace)).json()) as Run;
    const name = made.metadata.name ?? '';
    cluster.denied.add('get runs');
    const hidden = (await (await post(namespace)).json()) as Run;
    cluster.denied.clear();
    expect(hidden).toMatchObject({ status: { phase: 'Refused', joined: name } });
    await client.patch(runs, { namespace, name }, { type: 'merge', body: { metadata: { finalizers: [] } } });
    await deleteRun(client, { namespace, name });
    const gone = await post(namespace);
    expect([gone.status, await gone.json()]).toMatchObject([200, { status: { joined: name } }]);
  });

  it('is 409 with the run that stands in the way, for a duplicate that is not taken', async () => {
    await leader(() => refusedFor('DuplicateRejected', 'run nightly is active', { joined: 'nightly' }));
    const answer = await post(await server().namespace());
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code, problem.run]).toEqual([409, 'DuplicateRejected', 'nightly']);
    expect(problem.detail).toContain('run nightly is active');
  });

  it('is 409 with the time from which on a run of the key is taken again, after a failure', async () => {
    const retryAt = new Date(Date.now() + 90_000).toISOString();
    await leader(() => refusedFor('BackoffAfterFailure', 'the last one failed', { retryAt }));
    const answer = await post(await server().namespace());
    const problem = (await answer.json()) as Problem;
    expect([answer.status, problem.code, problem.retryAt]).toEqual([409, 'BackoffAfterFailure', retryAt]);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(91);
  });

  it('is 429 for a full queue, and 422 for what the leader will not take', async () => {
    await leader(() => refusedFor('QueueFull', 'queue build takes no more'));
    const full = await post(await server().namespace());
    expect([full.status, ((await full.json()) as Problem).code]).toEqual([429, 'QueueFull']);
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await leader(() => refusedFor('SpecInvalid', 'spec.queue names no queue'));
    const invalid = await post(await server().namespace());
    expect([invalid.status, ((await invalid.json()) as Problem).code]).toEqual([422, 'SpecInvalid']);
  });

  it('is 409 for a name that the record of a refusal still has, and says until when', async () => {
    await leader(() => refusedFor('QueueFull', 'queue build takes no more'));
    const body = JSON.stringify(shellRun('nightly', 'true'));
    const twice = async () => {
      const path = `/api/v1/runs?namespace=${await server().namespace()}`;
      expect((await server().send('POST', path, body)).status).toBe(429);
      return (await (await server().send('POST', path, body)).json()) as Problem;
    };
    const again = await twice();
    expect(again).toMatchObject({ status: 409, code: 'AlreadyExists' });
    expect(again.detail).toMatch(/it was refused \(QueueFull\), and its record has the name until \d{4}-/);
    server().cluster.denied.add('get runs');
    const hidden = await twice();
    server().cluster.denied.clear();
    expect(hidden.detail, 'who may not read runs').not.toContain('refused');
  });

  it('is 202 with the stored run while no leader says anything', async () => {
    const answer = await post(await server().namespace());
    expect(answer.status).toBe(202);
    expect(((await answer.json()) as Run).status).toBeUndefined();
  });

  it('is the same again for a request that is repeated with its key, also when it was refused', async () => {
    await leader(() => refusedFor('DuplicateRejected', 'run nightly is active', { joined: 'nightly' }));
    const namespace = await server().namespace();
    const twice = [
      await post(namespace, { 'idempotency-key': 'k' }),
      await post(namespace, { 'idempotency-key': 'k' }),
    ];
    expect(twice.map(({ status }) => status)).toEqual([409, 409]);
    expect((await server().client.list(runs, { namespace })).items).toHaveLength(1);
  });
});
