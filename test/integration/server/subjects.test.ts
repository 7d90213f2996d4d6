import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import type { SubjectKillAnswer } from '../../../src/contract/routes/subjects.ts';
import { LABEL, subjectHash } from '../../../src/core/naming/naming.ts';
import { pods } from '../../../src/kube/resources.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');
const subject = { kind: 'connection', id: 'eu/7f 3c' };

async function running(namespace: string, name: string, of: typeof subject): Promise<void> {
  const { api, client } = server();
  const { metadata, spec } = shellRun(name, 'sleep 60', 'true');
  await api.call('submitRun', { query: { namespace }, body: { metadata, spec: { ...spec, subject: of } } });
  await eventually(async () => {
    const { status } = await client.get(runs, { namespace, name });
    return status?.phase === 'Running' ? true : undefined;
  }, `run ${name} to run`);
}

async function kill(namespace: string, body: object) {
  const path = `/api/v1/subjects/connection/${encodeURIComponent(subject.id)}/kill?namespace=${namespace}`;
  const answer = await server().send('POST', path, JSON.stringify(body));
  return { status: answer.status, body: (await answer.json()) as SubjectKillAnswer };
}

describe('POST /subjects/{kind}/{id}/kill', () => {
  it('ends what runs for the subject, handlers included, and answers 200 once all has ended', async () => {
    const namespace = await server().namespace();
    await running(namespace, 'one', subject);
    await running(namespace, 'other', { kind: 'connection', id: '9' });
    const first = await kill(namespace, {});
    expect([first.status, first.body.runs]).toMatchObject([202, [{ name: 'one', ended: false }]]);
    const { client } = server();
    await eventually(async () => {
      const { status } = await kill(namespace, { asOf: first.body.asOf, waitSeconds: 5 });
      return status === 200 ? true : undefined;
    }, 'the end of all');
    const { status } = await client.get(runs, { namespace, name: 'one' });
    expect([status?.phase, status?.main?.reason]).toEqual(['Cancelled', 'SubjectKilled']);
    expect(status?.exit?.receipt?.exitCode).toBe(0);
    expect((await client.get(runs, { namespace, name: 'other' })).status?.phase).toBe('Running');
    const again = await kill(namespace, {});
    expect([again.status, again.body.runs, again.body.pods]).toEqual([200, [], []]);
    await server().api.call('cancelRun', { params: { name: 'other' }, query: { namespace }, body: {} });
  });

  it('deletes pods of the subject that no run has, only when that is wished for', async () => {
    const { client, namespace: newNamespace } = server();
    const namespace = await newNamespace();
    const { spec } = shellRun('x', 'sleep 60').spec.main;
    const labels = { [LABEL.subject]: subjectHash(subject) };
    await client.create(pods, { metadata: { namespace, name: 'stranger', labels }, spec });
    expect((await kill(namespace, {})).body.pods).toEqual([]);
    const { status, body } = await kill(namespace, { foreign: true, waitSeconds: 30 });
    expect([status, body.pods]).toMatchObject([200, [{ name: 'stranger', ended: true }]]);
    expect((await client.list(pods, { namespace })).items).toEqual([]);
  });

  it.each([
    ['list runs', {}],
    ['patch runs', {}],
    ['list pods', { foreign: true }],
    ['delete pods', { foreign: true }],
  ])('needs the right to %s for %j', async (right, body) => {
    const { cluster, namespace } = server();
    const where = await namespace();
    cluster.denied.add(right);
    const answer = await kill(where, body);
    cluster.denied.delete(right);
    expect([answer.status, (answer.body as unknown as Problem).code]).toEqual([403, 'Forbidden']);
  });
});
