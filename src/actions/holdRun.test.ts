import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../core/naming/naming.ts';
import { ConflictError } from '../kube/errors.ts';
import { holdRun } from './holdRun.ts';
import { runs } from './resources.ts';
import { putRun, start, where } from './testing/fixtures.ts';

describe('holdRun', () => {
  it('adds our finalizer to those of others, once', async () => {
    const { api, client } = start();
    const run = putRun(api, { metadata: { ...where, generation: 1, finalizers: ['other'] } });
    const held = await holdRun(client, run);
    expect(held.metadata.finalizers).toEqual(['other', FINALIZER.exitOwed]);
    expect(await holdRun(client, held)).toBe(held);
  });

  it('conflicts when the run has changed since it was read', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.put(runs, { ...run, metadata: { ...run.metadata, finalizers: ['new'] } });
    await expect(holdRun(client, run)).rejects.toBeInstanceOf(ConflictError);
  });
});
