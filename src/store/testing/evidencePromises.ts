import { describe, expect, it } from 'vitest';
import type { HistoryStore, PodEvidence } from '../types.ts';
import { aStoredRun, T0, uidOf, withStatus } from './storedRuns.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** What every history promises of evidence and of forgetting it. */
export function describeEvidence(history: () => HistoryStore): void {
  describe('evidence', () => {
    const log = { container: 'main', previous: false, size: 5, missing: undefined, whole: false };
    const evidence = (change: Partial<PodEvidence> = {}): PodEvidence => ({
      runUID: 'r1',
      namespace: 'team-a',
      podUID: 'p1',
      podName: 'run-m1',
      stage: 'main',
      attempt: 1,
      at: T0,
      final: false,
      object: { status: { phase: 'Failed' }, text: 'a\u0000b' },
      logs: [{ ...log, tail: encode('ab\u0000\nc') }],
      ...change,
    });

    it('gives back what was put, byte for byte, by stage and attempt', async () => {
      const all = [
        evidence({ podUID: 'x1', stage: 'exit', logs: [] }),
        evidence({ podUID: 'm2', attempt: 2 }),
        evidence({ podUID: 'm1' }),
      ];
      for (const one of all) await history().putEvidence(one);
      await history().putEvidence(evidence({ runUID: 'r2', podUID: 'other' }));
      expect(await history().evidenceOf('r1')).toEqual(all.reverse());
    });

    it('never replaces a log by the word that it is missing, and keeps what was final', async () => {
      await history().putEvidence(
        evidence({ final: true, logs: [{ ...log, tail: encode('end'), whole: true }] }),
      );
      const missing = { ...log, tail: encode(''), size: undefined, missing: 'the pod is gone' };
      await history().putEvidence(
        evidence({ at: T0 + 1, object: 'newer', logs: [missing, { ...missing, previous: true }] }),
      );
      expect(await history().evidenceOf('r1')).toEqual([
        evidence({
          at: T0 + 1,
          final: true,
          object: 'newer',
          logs: [
            { ...log, tail: encode('end'), whole: true },
            { ...missing, previous: true },
          ],
        }),
      ]);
      await history().putEvidence(evidence({ logs: [{ ...log, previous: true, tail: encode('late') }] }));
      expect((await history().evidenceOf('r1'))[0]?.logs[1]).toMatchObject({ tail: encode('late') });
    });

    it('says which pods are done with', async () => {
      await history().putEvidence(evidence({ podUID: 'done', final: true }));
      await history().putEvidence(evidence({ podUID: 'open' }));
      expect(await history().storedEvidence(['done', 'open', 'unknown'])).toEqual(new Set(['done']));
      expect(await history().storedEvidence([])).toEqual(new Set());
    });

    it('goes with its run, but not before the run is gone from the cluster', async () => {
      const ended = (at: number) => withStatus(aStoredRun({}, at), 2, 'Succeeded');
      const [old, present, recent] = [ended(T0), ended(T0), ended(T0)];
      await history().record([
        { run: old, at: T0, deletedAt: T0 + 9000 },
        { run: present, at: T0 },
        { run: withStatus(recent, 90, 'Failed'), at: T0, deletedAt: T0 + 9000 },
      ]);
      await history().putEvidence(evidence({ runUID: uidOf(old), podUID: 'p-old' }));
      const expired = await history().expired({ before: T0 + 60_000, limit: 10 });
      expect(expired.map(({ uid }) => uid)).toEqual([uidOf(old)]);
      await history().forget([uidOf(old)]);
      expect(await history().get(uidOf(old))).toBeUndefined();
      expect(await history().evidenceOf(uidOf(old))).toEqual([]);
      expect(await history().statusRows(uidOf(old))).toEqual([]);
      expect((await history().list({ limit: 9 })).runs).toHaveLength(2);
    });

    it('goes when it is old, too, where its run was never stored', async () => {
      const known = aStoredRun();
      await history().record([{ run: known, at: T0 }]);
      await history().putEvidence(evidence({ runUID: uidOf(known), podUID: 'p-known' }));
      await history().putEvidence(evidence({ runUID: 'lost', podUID: 'p-1' }));
      await history().putEvidence(evidence({ runUID: 'lost', podUID: 'p-2' }));
      await history().putEvidence(evidence({ runUID: 'young', podUID: 'p-3' }));
      await history().putEvidence(evidence({ runUID: 'young', podUID: 'p-4', at: T0 + 90_000 }));
      const query = { before: T0 + 60_000, limit: 10 };
      expect(await history().expired(query)).toEqual([{ uid: 'lost', namespace: 'team-a' }]);
      await history().forget(['lost']);
      expect(await history().evidenceOf('lost')).toEqual([]);
      expect(await history().expired(query)).toEqual([]);
    });
  });
}
