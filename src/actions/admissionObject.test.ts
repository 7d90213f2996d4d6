import { describe, expect, it } from 'vitest';
import type { Grant } from '../core/admission/pass.ts';
import { ADMISSION_OBJECT } from '../core/naming/naming.ts';
import { AnswerLostError, ConflictError } from '../kube/errors.ts';
import { configMaps } from '../kube/resources.ts';
import { beginEpoch, storeBatch } from './admissionObject.ts';
import { loseFirst, start } from './testing/fixtures.ts';

const batch: Grant[] = [{ uid: 'uid-1', kind: 'Admit', revision: 0 }];
const other: Grant[] = [{ uid: 'uid-2', kind: 'Admit', revision: 0 }];

describe('beginEpoch', () => {
  it('finds what the leader before had granted last, and counts on', async () => {
    const { client } = start();
    const first = await beginEpoch(client, 'own', 'a');
    expect(first.record).toEqual({ epoch: 1, holder: 'a', number: 0, batch: [] });
    await storeBatch(client, first, batch);
    const second = await beginEpoch(client, 'own', 'b');
    expect(second.record).toEqual({ epoch: 2, holder: 'b', number: 0, batch });
  });

  it.each(['before', 'after'] as const)(
    'is sure of itself when the answer is lost %s it took effect',
    async (moment) => {
      const { api, client } = start();
      loseFirst(api, moment);
      const begun = beginEpoch(client, 'own', 'a');
      if (moment === 'before') await expect(begun).rejects.toBeInstanceOf(AnswerLostError);
      else expect((await begun).record.epoch).toBe(1);
    },
  );
});

describe('storeBatch', () => {
  it('grants nothing once another epoch has begun', async () => {
    const { client } = start();
    const old = await beginEpoch(client, 'own', 'a');
    await beginEpoch(client, 'own', 'b');
    await expect(storeBatch(client, old, batch)).rejects.toBeInstanceOf(ConflictError);
    expect((await beginEpoch(client, 'own', 'c')).record.batch).toEqual([]);
  });

  it('grants nothing when the object was deleted and another leader has made it again', async () => {
    const { api, client } = start();
    const old = await beginEpoch(client, 'own', 'a');
    api.cluster.remove(configMaps, { namespace: 'own', name: ADMISSION_OBJECT });
    await beginEpoch(client, 'own', 'b');
    await expect(storeBatch(client, old, batch)).rejects.toBeInstanceOf(ConflictError);
  });

  it('makes the object again when somebody deleted it', async () => {
    const { api, client } = start();
    const begun = await beginEpoch(client, 'own', 'a');
    api.cluster.remove(configMaps, { namespace: 'own', name: ADMISSION_OBJECT });
    const stored = await storeBatch(client, begun, batch);
    await storeBatch(client, stored, other);
    expect((await beginEpoch(client, 'own', 'b')).record.batch).toEqual(other);
  });

  it('takes a write of its own for another only if it holds the same', async () => {
    const { api, client } = start();
    const begun = await beginEpoch(client, 'own', 'a');
    await storeBatch(client, begun, batch);
    // The second write of the same number is refused by its version, and its refusal is lost.
    api.fault = (_write, moment) =>
      moment === 'before' ? new AnswerLostError({ message: 'lost' }) : undefined;
    await expect(storeBatch(client, begun, other)).rejects.toBeInstanceOf(AnswerLostError);
  });
});
