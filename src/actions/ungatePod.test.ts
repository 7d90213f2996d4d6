import { describe, expect, it } from 'vitest';
import { GATE } from '../core/naming/naming.ts';
import { pods } from '../kube/resources.ts';
import { createPod } from './createPod.ts';
import { targetOf } from './target.ts';
import { containers, podOf, start } from './testing/fixtures.ts';
import { ungatePod } from './ungatePod.ts';

describe('ungatePod', () => {
  it('removes our gate and no other, and is safe to repeat', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    for (let time = 0; time < 2; time += 1) {
      const after = await ungatePod(client, { ...targetOf(pod), known: pod });
      expect(after?.spec?.schedulingGates).toEqual([{ name: 'kueue' }]);
    }
  });

  it('finds the gate at its new place when the list has changed', async () => {
    const { api, client } = start();
    const known = await createPod(client, podOf('u1'));
    api.cluster.put(pods, { ...known, spec: { containers, schedulingGates: [{ name: GATE }] } });
    expect((await ungatePod(client, { ...targetOf(known), known }))?.spec?.schedulingGates).toEqual([]);
  });

  it('never touches a namesake', async () => {
    const { api, client } = start();
    const known = await createPod(client, podOf('u1'));
    api.cluster.remove(pods, { namespace: 'default', name: 'a-m1' });
    await createPod(client, podOf('u1'));
    expect(await ungatePod(client, { ...targetOf(known), known })).toBeUndefined();
    expect(api.cluster.objects(pods)[0]?.spec?.schedulingGates).toHaveLength(2);
  });
});
