import { describe, expect, it } from 'vitest';
import { createRun } from '../../../src/actions/createRun.ts';
import { runs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import { isTerminal } from '../../../src/core/run/phases.ts';
import type { Run } from '../../../src/core/run/run.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');

/** A run that has ended, in a namespace of its own. */
async function endedRun(script: string): Promise<{ namespace: string; run: Run }> {
  const { client, namespace: newNamespace } = server();
  const namespace = await newNamespace();
  const { spec } = shellRun('nightly', script);
  await createRun(client, { namespace, name: 'nightly', labels: { team: 'data' }, spec }, Math.random);
  const run = await eventually(async () => {
    const found = await client.get(runs, { namespace, name: 'nightly' });
    return isTerminal(found.status?.phase) ? found : undefined;
  }, 'the end of the run');
  return { namespace, run };
}

const post = (path: string, body: object = {}, headers: Record<string, string> = {}) =>
  server().send('POST', `/api/v1/runs/${path}`, JSON.stringify(body), headers);

describe('POST /runs/{name}/retry', () => {
  it('makes a new run of the same spec that names the old one, once for each key', async () => {
    const { namespace, run } = await endedRun('exit 3');
    const headers = { 'idempotency-key': 'k' };
    const answers = [
      await post(`nightly/retry?namespace=${namespace}`, {}, headers),
      await post(`nightly/retry?namespace=${namespace}`, {}, headers),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const [made, same] = (await Promise.all(answers.map((answer) => answer.json()))) as Run[];
    expect(same?.metadata.uid).toBe(made?.metadata.uid);
    expect(made?.metadata.uid).not.toBe(run.metadata.uid);
    expect(made?.metadata.name).toMatch(/^nightly-/);
    expect(made?.metadata.labels).toEqual({ team: 'data', 'endwell.dev/retry-of': 'nightly' });
    expect(made?.spec).toEqual(run.spec);
  });

  it('refuses one that succeeded, one that has not ended, one that does not exist, and changes', async () => {
    const { namespace } = await endedRun('true');
    const refused = async (path: string, body: object = {}) => {
      const answer = await post(`${path}?namespace=${namespace}`, body);
      return [answer.status, ((await answer.json()) as Problem).code];
    };
    expect(await refused('nightly/retry')).toEqual([409, 'NothingToRetry']);
    expect(await refused('other/retry')).toEqual([404, 'NotFound']);
    expect(await refused('nightly/retry', { spec: {} })).toEqual([422, 'SpecInvalid']);
    await server().api.call('submitRun', { query: { namespace }, body: shellRun('long', 'sleep 60') });
    expect(await refused('long/retry')).toEqual([409, 'NotEnded']);
    expect(await refused('long/resubmit')).toEqual([409, 'NotEnded']);
    await server().api.call('cancelRun', { params: { name: 'long' }, query: { namespace }, body: {} });
  });

  it.each([['get runs'], ['create runs'], ['create pods']])('needs the right to %s', async (right) => {
    const { namespace } = await endedRun('exit 3');
    const { cluster } = server();
    cluster.denied.add(right);
    const answer = await post(`nightly/retry?namespace=${namespace}`);
    cluster.denied.delete(right);
    expect([answer.status, ((await answer.json()) as Problem).detail]).toEqual([
      403,
      expect.stringContaining(right.replace('runs', 'runs.endwell.dev')),
    ]);
  });
});

describe('POST /runs/{name}/resubmit', () => {
  it('runs one that succeeded once more, with what is to be otherwise', async () => {
    const { namespace, run } = await endedRun('true');
    const change = {
      metadata: { name: 'again', labels: { team: 'other' } },
      spec: {
        limits: { runSeconds: 60 },
        main: { spec: { containers: [{ name: 'main', image: 'busybox:2' }] } },
      },
    };
    const answer = await post(`nightly/resubmit?namespace=${namespace}`, change);
    const made = (await answer.json()) as Run;
    expect([answer.status, made.metadata.name]).toEqual([201, 'again']);
    expect(made.metadata.labels).toEqual({ team: 'other', 'endwell.dev/retry-of': 'nightly' });
    expect(made.spec.limits).toEqual({ runSeconds: 60 });
    const [before] = run.spec.main.spec?.containers ?? [];
    expect(made.spec.main.spec?.containers).toEqual([{ ...before, image: 'busybox:2' }]);
  });

  it('refuses a change by field, and a key that comes again with another change', async () => {
    const { namespace } = await endedRun('true');
    const path = `nightly/resubmit?namespace=${namespace}`;
    const problem = (await (await post(path, { spec: { limits: { runSecond: 1 } } })).json()) as Problem;
    expect([problem.code, problem.problems?.[0]?.field]).toEqual(['SpecInvalid', 'spec.limits.runSecond']);
    const headers = { 'idempotency-key': 'k' };
    expect((await post(path, {}, headers)).status).toBe(201);
    const other = await post(path, { spec: { limits: { runSeconds: 9 } } }, headers);
    expect(((await other.json()) as Problem).code).toBe('IdempotencyKeyReused');
  });
});
