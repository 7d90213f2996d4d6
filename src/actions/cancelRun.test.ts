import { describe, expect, it } from 'vitest';
import { initialStatus } from '../core/run/status.ts';
import { ConflictError } from '../kube/errors.ts';
import { cancelRun } from './cancelRun.ts';
import { runs } from './resources.ts';
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
});
