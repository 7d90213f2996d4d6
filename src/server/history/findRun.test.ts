import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run/run.ts';
import { initialStatus } from '../../core/run/status.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import { RunFeed } from '../cache/runFeed.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { findRun } from './findRun.ts';

/** A server whose cluster has nothing any more, and whose history has these. */
async function serverAfter(...stored: Run[]): Promise<Api> {
  const history = new MemoryHistory();
  await history.record(stored.map((run) => ({ run, at: 0 })));
  return {
    client: {
      async get(_resource: unknown, { name }: { name: string }) {
        throw new NotFoundError({ message: 'not found', status: 404, details: { name } });
      },
    },
    feed: new RunFeed(),
    access: { allows: async () => true },
    stores: { history, logs: undefined },
  } as unknown as Api;
}

function ended(kind: Run['kind'], uid: string): Run {
  return {
    apiVersion: kind === 'Run' ? 'endwell.dev/v1' : 'pipelines.openmetadata.org/v1',
    kind,
    metadata: { namespace: 'etl', name: 'job', uid, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { main: {} },
    status: { ...initialStatus(), phase: 'Failed', revision: 3 },
  };
}

const asking = { caller: { username: 'ada', groups: [] }, signal: new AbortController().signal };
const find = (api: Api, kind: Run['kind']) => findRun(api, { kind, namespace: 'etl', name: 'job' }, asking);

describe('findRun', () => {
  it('tells a Run and an OMJob of one name apart when both are gone', async () => {
    const api = await serverAfter(ended('Run', 'u1'), ended('OMJob', 'u2'));
    expect(await find(api, 'Run')).toMatchObject({ source: 'history', run: { metadata: { uid: 'u1' } } });
    expect(await find(api, 'OMJob')).toMatchObject({
      source: 'history',
      run: { kind: 'OMJob', metadata: { uid: 'u2' } },
    });
  });

  it('gives nobody the one for the other', async () => {
    await expect(find(await serverAfter(ended('OMJob', 'u2')), 'Run')).rejects.toBeInstanceOf(Refusal);
    await expect(find(await serverAfter(ended('Run', 'u1')), 'OMJob')).rejects.toBeInstanceOf(Refusal);
  });
});
