import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../core/naming/naming.ts';
import { pods } from '../kube/resources.ts';
import { createPod } from './createPod.ts';
import { releaseFinalizer } from './releaseFinalizer.ts';
import { targetOf } from './target.ts';
import { loseFirst, podOf, start } from './testing/fixtures.ts';

describe('releaseFinalizer', () => {
  it('leaves the finalizers of others', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    const after = await releaseFinalizer(client, pods, targetOf(pod), FINALIZER.outcome);
    expect(after?.metadata?.finalizers).toEqual(['other']);
  });

  it('takes a lost answer and an absent object as success', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    loseFirst(api, 'after');
    const after = await releaseFinalizer(client, pods, targetOf(pod), FINALIZER.outcome);
    expect(after?.metadata?.finalizers).toEqual(['other']);
    const gone = { namespace: 'default', name: 'nobody', uid: 'u' };
    expect(await releaseFinalizer(client, pods, gone, FINALIZER.outcome)).toBeUndefined();
  });
});
