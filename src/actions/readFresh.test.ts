import { describe, expect, it } from 'vitest';
import { pods } from '../kube/resources.ts';
import { createPod } from './createPod.ts';
import { readFresh } from './readFresh.ts';
import { targetOf } from './target.ts';
import { podOf, start } from './testing/fixtures.ts';

describe('readFresh', () => {
  it('counts another UID as absent', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    expect(await readFresh(client, pods, targetOf(pod))).toEqual(pod);
    expect(await readFresh(client, pods, { ...targetOf(pod), uid: 'x' })).toBeUndefined();
  });
});
