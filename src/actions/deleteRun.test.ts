import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../core/naming/naming.ts';
import { ConflictError } from '../kube/errors.ts';
import { deleteRun } from './deleteRun.ts';
import { runs } from './resources.ts';
import { putRun, start, where } from './testing/fixtures.ts';

describe('deleteRun', () => {
  it('deletes this very run or none', async () => {
    const { api, client } = start();
    const run = putRun(api, { metadata: { ...where, finalizers: [FINALIZER.exitOwed] } });
    await expect(deleteRun(client, { ...where, uid: 'x' })).rejects.toBeInstanceOf(ConflictError);
    await deleteRun(client, { ...where, ...(run.metadata.uid ? { uid: run.metadata.uid } : {}) });
    expect(api.cluster.objects(runs)[0]?.metadata.deletionTimestamp).toBeDefined();
  });
});
