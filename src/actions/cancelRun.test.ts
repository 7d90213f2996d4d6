import { describe, expect, it } from 'vitest';
import { initialStatus } from '../core/run/status.ts';
import { ConflictError } from '../kube/errors.ts';
import { cancelRun } from './cancelRun.ts';
import { omJobs, runs } from './resources.ts';
import { loseFirst, putRun, start, where } from './testing/fixtures.ts';

describe('cancelRun', () => {
  it('stores the wish, and keeps the first one', async () => {
    const { api, client } = start();
    putRun(api);
    expect((await cancelRun(client, { ...where, by: 'me', reason: 'enough' })).kind).toBe('cancelled');
    expect((await cancelRun(client, { ...where, by: 'you' })).kind).toBe('already');
    expect(api.cluster.objects(runs)[0]?.spec.cancel).toEqual({ by: 'me', reason: 'enough' });
  });

  it('finds its own wish behind a lost answer', async () => {
    const { api, client } = start();
    putRun(api);
    loseFirst(api, 'after');
    expect((await cancelRun(client, { ...where, by: 'me' })).run.spec.cancel).toEqual({ by: 'me' });
  });

  it('leaves alone what has ended, and another run of that name', async () => {
    const { api, client } = start();
    const run = putRun(api, { status: { ...initialStatus(), phase: 'Refused' } });
    expect((await cancelRun(client, { ...where, by: 'me' })).kind).toBe('ended');
    await expect(cancelRun(client, { ...where, by: 'me', uid: 'x' })).rejects.toBeInstanceOf(ConflictError);
    expect(api.cluster.objects(runs)[0]).toEqual(run);
  });

  it('of an OMJob is kept in annotations, by whoever asked first', async () => {
    const { api, client } = start();
    api.cluster.put(omJobs, {
      apiVersion: 'pipelines.openmetadata.org/v1',
      kind: 'OMJob',
      metadata: { ...where, generation: 1 },
      spec: { mainPodSpec: { image: 'a' } },
    });
    const wish = { ...where, kind: 'OMJob', by: 'me', reason: 'enough' } as const;
    expect((await cancelRun(client, wish)).run.spec.cancel).toEqual({ by: 'me', reason: 'enough' });
    const second = await cancelRun(client, { ...wish, by: 'you' });
    expect([second.kind, second.run.spec.cancel?.by]).toEqual(['already', 'me']);
    expect(api.cluster.objects(omJobs)[0]?.spec).toEqual({ mainPodSpec: { image: 'a' } });
  });

  it('of an OMJob looks again when it has changed in between', async () => {
    const { api, client } = start();
    const job = api.cluster.put(omJobs, {
      apiVersion: 'pipelines.openmetadata.org/v1',
      kind: 'OMJob',
      metadata: { ...where, generation: 1 },
      spec: { mainPodSpec: { image: 'a' } },
    });
    let isChanged = false;
    api.fault = (_write, when) => {
      if (isChanged || when !== 'before') return undefined;
      isChanged = true;
      const annotations = { 'endwell.dev/cancelled-by': 'you' };
      api.cluster.put(omJobs, { ...job, metadata: { ...job.metadata, annotations } });
      return undefined;
    };
    const { kind, run } = await cancelRun(client, { ...where, kind: 'OMJob', by: 'me' });
    expect([kind, run.spec.cancel?.by]).toEqual(['already', 'you']);
  });
});
