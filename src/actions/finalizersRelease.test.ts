import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../core/naming/naming.ts';
import { ForbiddenError } from '../kube/errors.ts';
import { createPod } from './createPod.ts';
import { finalizersRelease } from './finalizersRelease.ts';
import { runs } from './resources.ts';
import { podOf, putRun, start, where } from './testing/fixtures.ts';

describe('finalizersRelease', () => {
  it('frees runs and pods, counts them, and names what could not be freed', async () => {
    const { api, client } = start();
    putRun(api, { metadata: { ...where, finalizers: [FINALIZER.exitOwed] } });
    putRun(api, { metadata: { ...where, name: 'b', finalizers: ['other'] } });
    await createPod(client, podOf('u1'));
    await createPod(client, podOf('u2', 'b-m1'));
    api.fault = (write, when) =>
      write.name === 'b-m1' && when === 'before'
        ? new ForbiddenError({ message: 'a webhook says no', status: 403 })
        : undefined;
    expect(await finalizersRelease(client, {})).toEqual({
      runs: 1,
      pods: 1,
      failures: ['Pod default/b-m1: a webhook says no'],
    });
    expect(api.cluster.objects(runs).map((run) => run.metadata.finalizers)).toEqual([[], ['other']]);
  });
});
