import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import { readSse } from '../../../src/contract/sse.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('without operator');

describe('a server whose cluster is away', () => {
  it('answers 503 with the cause in one line, and is well again with the cluster', async () => {
    const { cluster, send } = server();
    cluster.away = true;
    const away = await send('GET', '/api/v1/runs/x');
    cluster.away = false;
    const problem = (await away.json()) as Problem;
    expect([away.status, problem.code]).toEqual([503, 'ClusterUnavailable']);
    expect(problem.detail).toContain('ECONNREFUSED');
    expect(problem.detail).not.toContain('\n');
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send('GET', '/api/v1/runs/x')).status).toBe(404);
  });
});

describe('POST /runs without an operator', () => {
  it('stores the run and answers 202', async () => {
    const { api, client, namespace } = server();
    const query = { namespace: await namespace() };
    const { status, body } = await api.call('submitRun', { query, body: shellRun('stored', 'true') });
    expect(status).toBe(202);
    const explained = await api.call('explainRun', { params: { name: 'stored' }, query });
    expect(explained.body.sentence).toContain('operator');
    expect(body.status).toBeUndefined();
    const stored = await client.get(runs, { ...query, name: 'stored' });
    expect(stored.metadata.uid).toBe(body.metadata.uid);
  });
});

describe('stopping the server', () => {
  it('ends streams with a word, and refuses nobody who is being answered', async () => {
    const { api, namespace, server: running } = server();
    const where = await namespace();
    const { bytes } = await api.open('stream', { query: { namespace: where } });
    const events: string[] = [];
    const read = (async () => {
      for await (const { event } of readSse(bytes)) {
        events.push(event);
        if (event === 'synced') void running.stop();
      }
    })();
    await read;
    expect(events).toEqual(['reset', 'synced', 'shutdown']);
  });
});
