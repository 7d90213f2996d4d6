import { describe, expect, it } from 'vitest';
import type { Verdict } from '../core/run/run.ts';
import { pods } from '../kube/resources.ts';
import { createPod } from './createPod.ts';
import { deletePod } from './deletePod.ts';
import { targetOf } from './target.ts';
import { podOf, start, verdict } from './testing/fixtures.ts';

describe('deletePod', () => {
  it('never deletes a namesake', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    const target = { ...targetOf(pod), uid: 'another' };
    expect(await deletePod(client, { ...target, verdict })).toBe('absent');
    expect(api.cluster.objects(pods)[0]?.metadata?.deletionTimestamp).toBeUndefined();
  });

  it('takes an absent pod as success', async () => {
    const { client } = start();
    expect(await deletePod(client, { namespace: 'default', name: 'x', uid: 'u', verdict })).toBe('absent');
  });

  it('deletes the pod it means', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    expect(await deletePod(client, { ...targetOf(pod), verdict })).toBe('deleted');
    expect(api.cluster.objects(pods)[0]?.metadata?.deletionTimestamp).toBeDefined();
  });

  it('refuses to kill without a reason', async () => {
    const { client } = start();
    const nobody = {
      namespace: 'default',
      name: 'x',
      uid: 'u',
      verdict: { ...verdict, reason: '' as Verdict['reason'] },
    };
    await expect(deletePod(client, nobody)).rejects.toThrow('no reason');
  });
});
