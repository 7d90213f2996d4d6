import { beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../core/run/run.ts';
import type { HistoryStore, RunQuery } from '../types.ts';
import { describeEvidence } from './evidencePromises.ts';
import { describeOutbox } from './outboxPromises.ts';
import { aStoredRun, T0, uidOf, withStatus } from './storedRuns.ts';

/** What every history promises. `fresh` gives an empty one. */
export function describeHistory(name: string, fresh: () => Promise<HistoryStore>): void {
  // A suite of its own: what is made before each of its tests concerns no other test of the file.
  describe(name, () => {
    promises(fresh);
  });
}

function promises(fresh: () => Promise<HistoryStore>): void {
  let history: HistoryStore;
  beforeEach(async () => {
    history = await fresh();
  });
  describeEvidence(() => history);
  describeOutbox(() => history);

  async function allPages(query: Omit<RunQuery, 'limit'>, limit = 2): Promise<string[]> {
    const uids: string[] = [];
    for (let after: RunQuery['after']; ; ) {
      const page = await history.list({ ...query, limit, ...(after && { after }) });
      uids.push(...page.runs.map(({ uid }) => uid));
      if (page.next === undefined) return uids;
      after = page.next;
    }
  }

  describe('record', () => {
    it('keeps the whole run but what its managers wrote, and every status', async () => {
      const run = withStatus(aStoredRun({ subject: { kind: 'connection', id: 'x' } }), 1, 'Pending');
      const { managedFields: _, ...metadata } = run.metadata;
      await history.record([{ run, at: T0 + 5 }]);
      await history.record([{ run: withStatus(run, 2, 'Running'), at: T0 + 9 }]);
      const stored = await history.get(uidOf(run));
      expect(stored).toEqual({
        run: { ...withStatus(run, 2, 'Running'), metadata },
        uid: uidOf(run),
        createdAt: T0,
        recordedAt: T0 + 9,
        deletedAt: undefined,
      });
      expect((await history.statusRows(uidOf(run))).map(({ revision, at }) => [revision, at])).toEqual([
        [1, T0 + 5],
        [2, T0 + 9],
      ]);
    });

    it('answers the highest revision, in whatever order rows come, also within one call', async () => {
      const run = aStoredRun();
      await history.record([
        { run: withStatus(run, 3, 'Succeeded'), at: T0 + 3 },
        { run: withStatus(run, 1, 'Pending'), at: T0 + 1 },
      ]);
      await history.record([{ run: withStatus(run, 2, 'Running'), at: T0 + 2 }]);
      expect((await history.get(uidOf(run)))?.run.status).toMatchObject({ phase: 'Succeeded', revision: 3 });
      expect((await history.statusRows(uidOf(run))).map(({ revision }) => revision)).toEqual([1, 2, 3]);
      expect(await history.revisions([uidOf(run), 'nobody'])).toEqual(new Map([[uidOf(run), 3]]));
    });

    it('adds nothing when a row is repeated, its events included', async () => {
      const run = withStatus(aStoredRun(), 1);
      const events = [{ id: `${uidOf(run)}/1`, sink: 'audit', type: 'started', data: { a: 1 } }];
      await history.record([{ run, at: T0, events }]);
      const [event] = await history.claim({ sink: 'audit', now: T0, leaseMs: 10, limit: 9 });
      await history.acknowledge([event?.row ?? '']);
      await history.record([{ run, at: T0 + 1, events }]);
      await history.record([
        { run, at: T0 + 1, events },
        { run, at: T0 + 2, events },
      ]);
      expect(await history.statusRows(uidOf(run))).toHaveLength(1);
      expect(await history.waiting('audit')).toEqual({ count: 0, oldestAt: undefined });
    });

    it('stores all of a call or nothing', async () => {
      const run = withStatus(aStoredRun(), 1);
      const nameless = { ...run, metadata: {} } as Run;
      await expect(
        history.record([
          { run, at: T0 },
          { run: nameless, at: T0 },
        ]),
      ).rejects.toMatchObject({ name: 'StoreRefused' });
      expect(await history.get(uidOf(run))).toBeUndefined();
    });

    it('notes a deletion once, and knows which runs the cluster still has', async () => {
      const [gone, kept] = [withStatus(aStoredRun(), 1), withStatus(aStoredRun(), 4)];
      await history.record([
        { run: gone, at: T0 },
        { run: kept, at: T0 },
      ]);
      await history.record([{ run: gone, at: T0, deletedAt: T0 + 50 }]);
      await history.record([{ run: gone, at: T0, deletedAt: T0 + 90 }]);
      expect((await history.get(uidOf(gone)))?.deletedAt).toBe(T0 + 50);
      expect(await history.presentRuns({ limit: 10 })).toMatchObject([{ uid: uidOf(kept), revision: 4 }]);
      expect(await history.presentRuns({ after: uidOf(kept), limit: 10 })).toEqual([]);
    });

    it('takes a run that has no status yet', async () => {
      const run = aStoredRun();
      await history.record([{ run, at: T0 }]);
      expect(await history.statusRows(uidOf(run))).toEqual([]);
      expect(await history.revisions([uidOf(run)])).toEqual(new Map([[uidOf(run), 0]]));
      expect(await allPages({ phase: 'Queued' })).toEqual([uidOf(run)]);
    });

    it('takes nothing at all, and more rows than one statement holds', async () => {
      await history.record([]);
      const many = Array.from({ length: 1203 }, (_, n) => withStatus(aStoredRun({}, T0 + n * 1000), 1));
      await history.record(many.map((run) => ({ run, at: T0 })));
      expect(await allPages({}, 500)).toEqual(many.map(uidOf).reverse());
    });
  });

  describe('list', () => {
    it('gives runs newest first, each once, also those of one second', async () => {
      const runs = [0, 0, 0, 1000, 2000, 2000].map((ms) => withStatus(aStoredRun({}, T0 + ms), 1));
      await history.record(runs.map((run) => ({ run, at: T0 })));
      expect(await allPages({})).toEqual(runs.map(uidOf).reverse());
    });

    it('finds by each filter, and by all together', async () => {
      const subject = { kind: 'connection', id: 'c/1' };
      const wanted = withStatus(
        aStoredRun({ subject, profile: 'sync', queue: 'night' }, T0 + 5000, 'team-b'),
        2,
        'Failed',
      );
      const other = withStatus(
        aStoredRun({ subject: { ...subject, id: 'c/2' }, profile: 'build' }),
        2,
        'Succeeded',
      );
      const bare = withStatus(aStoredRun({}, T0 + 9000), 1, 'Running');
      await history.record([wanted, other, bare].map((run) => ({ run, at: T0 })));
      const filters: Omit<RunQuery, 'limit'> = {
        namespaces: ['team-b'],
        phase: 'Failed',
        subject,
        profile: 'sync',
        queue: 'night',
        since: T0 + 5000,
        until: T0 + 5001,
        deleted: false,
      };
      for (const filter of Object.entries(filters)) {
        const uids = await allPages(Object.fromEntries([filter]));
        expect([filter[0], uids.includes(uidOf(wanted))]).toEqual([filter[0], true]);
        expect([filter[0], uids.length < 3 || filter[0] === 'deleted']).toEqual([filter[0], true]);
      }
      expect(await allPages(filters)).toEqual([uidOf(wanted)]);
      expect(await allPages({ ...filters, deleted: true })).toEqual([]);
      expect(await allPages({ ...filters, until: T0 + 5000 })).toEqual([]);
    });

    it('knows the queue and the profile that a run has without naming them', async () => {
      const build = withStatus(aStoredRun({ profile: 'build' }), 1);
      const plain = withStatus(aStoredRun({}), 1);
      await history.record([build, plain].map((run) => ({ run, at: T0 })));
      expect(await allPages({ queue: 'build' })).toEqual([uidOf(build)]);
      expect(await allPages({ profile: 'job', queue: 'default' })).toEqual([uidOf(plain)]);
    });

    it('merges several namespaces in one order, and finds nothing in none', async () => {
      const runs = ['a', 'b', 'c', 'a', 'b', 'c'].map((namespace, n) =>
        withStatus(aStoredRun({}, T0 + n * 1000, namespace), 1),
      );
      await history.record(runs.map((run) => ({ run, at: T0 })));
      const wanted = runs.filter((run) => run.metadata.namespace !== 'b').map(uidOf);
      expect(await allPages({ namespaces: ['a', 'c'] })).toEqual(wanted.reverse());
      expect(await allPages({ namespaces: [] })).toEqual([]);
    });
  });

  describe('getByName', () => {
    it('answers the youngest run that had the name, in its own namespace only', async () => {
      const earlier = withStatus(aStoredRun(), 1);
      const later = withStatus(aStoredRun({}, T0 + 1000), 1);
      later.metadata.name = earlier.metadata.name ?? '';
      await history.record([later, earlier].map((run) => ({ run, at: T0 })));
      expect((await history.getByName('team-a', earlier.metadata.name ?? ''))?.uid).toBe(uidOf(later));
      expect(await history.getByName('team-b', earlier.metadata.name ?? '')).toBeUndefined();
    });

    it('tells a run from an OMJob that had the same name', async () => {
      const run = withStatus(aStoredRun(), 1);
      const omJob: Run = { ...withStatus(aStoredRun({}, T0 + 1000), 1), kind: 'OMJob' };
      const name = run.metadata.name ?? '';
      omJob.metadata.name = name;
      await history.record([run, omJob].map((one) => ({ run: one, at: T0 })));
      expect((await history.getByName('team-a', name))?.uid).toBe(uidOf(run));
      expect((await history.getByName('team-a', `omjob:${name}`))?.run).toMatchObject({ kind: 'OMJob' });
    });
  });
}
