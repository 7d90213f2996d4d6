import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run/run.ts';
import type { HistoryStore } from '../types.ts';
import { aStoredRun, T0, uidOf, withStatus } from './storedRuns.ts';

/** What every history promises of the events that wait in it. */
export function describeOutbox(history: () => HistoryStore): void {
  describe('outbox', () => {
    const claim = (now: number, limit = 10) => history().claim({ sink: 'audit', now, leaseMs: 1000, limit });
    async function add(run: Run, revision: number, sinks = ['audit']) {
      const events = sinks.map((sink) => ({
        id: `${uidOf(run)}/${revision}`,
        sink,
        type: 't',
        data: { revision },
      }));
      await history().record([{ run: withStatus(run, revision), at: T0 + revision, events }]);
    }

    it('gives events of a run one after the other, in order of revisions, of other runs beside them', async () => {
      const [a, b] = [aStoredRun(), aStoredRun()];
      await add(a, 2);
      await add(a, 1);
      await add(b, 7);
      const first = await claim(T0 + 100);
      expect(first.map(({ id }) => id).sort()).toEqual([`${uidOf(a)}/1`, `${uidOf(b)}/7`]);
      expect(first[0]).toMatchObject({ tries: 0, sink: 'audit', type: 't' });
      expect(await claim(T0 + 200)).toEqual([]);
      await history().acknowledge(first.map(({ row }) => row));
      expect(await claim(T0 + 300)).toMatchObject([
        { id: `${uidOf(a)}/2`, data: { revision: 2 }, runUID: uidOf(a) },
      ]);
    });

    it('gives out again what nobody acknowledged in time, and counts', async () => {
      await add(aStoredRun(), 1);
      expect(await claim(T0 + 100)).toMatchObject([{ tries: 0 }]);
      expect(await claim(T0 + 1099)).toEqual([]);
      expect(await claim(T0 + 1100)).toMatchObject([{ tries: 1 }]);
      expect(await history().waiting('audit')).toEqual({ count: 1, oldestAt: T0 + 1 });
    });

    it('holds back the later events of a run behind one that was postponed', async () => {
      const run = aStoredRun();
      await add(run, 1);
      await add(run, 2);
      const [first] = await claim(T0 + 100);
      await history().postpone([first?.row ?? ''], T0 + 500);
      expect(await claim(T0 + 499)).toEqual([]);
      expect(await claim(T0 + 500)).toMatchObject([{ id: `${uidOf(run)}/1`, tries: 1 }]);
    });

    it('keeps sinks apart', async () => {
      await add(aStoredRun(), 1, ['audit', 'other']);
      const [event] = await claim(T0 + 100);
      await history().acknowledge([event?.row ?? '']);
      expect(await history().waiting('audit')).toMatchObject({ count: 0 });
      expect(await history().waiting('other')).toMatchObject({ count: 1 });
    });

    it('keeps what waits when the run is forgotten', async () => {
      const run = aStoredRun();
      await add(run, 1);
      await history().forget([uidOf(run)]);
      expect(await claim(T0 + 100)).toHaveLength(1);
    });
  });
}
