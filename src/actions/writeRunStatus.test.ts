import { describe, expect, it } from 'vitest';
import { initialStatus } from '../core/run/status.ts';
import { ConflictError, NotFoundError } from '../kube/errors.ts';
import { runs } from './resources.ts';
import { loseFirst, putRun, start, where } from './testing/fixtures.ts';
import { writeRunStatus } from './writeRunStatus.ts';

describe('writeRunStatus', () => {
  it('writes the next revision and returns what is stored', async () => {
    const { api, client } = start();
    const stored = await writeRunStatus(client, putRun(api), { ...initialStatus(), phase: 'Pending' });
    expect(stored.status).toMatchObject({ phase: 'Pending', revision: 1 });
    expect(api.cluster.objects(runs)[0]?.status).toEqual(stored.status);
  });

  it.each(['before', 'after'] as const)(
    'writes once though the answer is lost (%s it took effect)',
    async (moment) => {
      const { api, client } = start();
      const run = putRun(api);
      loseFirst(api, moment);
      const stored = await writeRunStatus(client, run, initialStatus());
      expect(stored.status?.revision).toBe(1);
      expect(api.cluster.objects(runs)[0]?.status?.revision).toBe(1);
    },
  );

  it('conflicts when somebody else wrote, also behind a lost answer', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.put(runs, { ...run, status: { ...initialStatus(), revision: 1, message: 'theirs' } });
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(ConflictError);
    loseFirst(api, 'before');
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(ConflictError);
    expect(api.cluster.objects(runs)[0]?.status?.message).toBe('theirs');
  });

  it('says that the run is gone', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.remove(runs, where);
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(NotFoundError);
  });

  it('refuses a move that the life of a run does not have, before anything is written', async () => {
    const { api, client } = start();
    const run = putRun(api, { status: { ...initialStatus(), phase: 'Refused', revision: 1 } });
    await expect(writeRunStatus(client, run, { ...initialStatus(), phase: 'Running' })).rejects.toThrow(
      'Refused',
    );
    expect(api.writes).toEqual([]);
  });
});
