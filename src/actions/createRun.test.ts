import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../core/naming/naming.ts';
import { AnswerLostError } from '../kube/errors.ts';
import { createRun } from './createRun.ts';
import { runs } from './resources.ts';
import { containers, loseFirst, putRun, start, where } from './testing/fixtures.ts';

describe('createRun', () => {
  const wanted = { namespace: 'default', generateName: 'nightly-', spec: { main: { spec: { containers } } } };

  it('stores a run that owes its handler from the start, under a name made from its base', async () => {
    const { client } = start();
    const run = await createRun(client, wanted, () => 0.5);
    expect(run.metadata.name).toMatch(/^nightly-[a-z0-9]{6}$/);
    expect(run.metadata.finalizers).toEqual([FINALIZER.exitOwed]);
  });

  it('keeps a long base within the longest name', async () => {
    const { client } = start();
    const run = await createRun(client, { ...wanted, generateName: 'x'.repeat(80) }, () => 0.9);
    expect(run.metadata.name).toHaveLength(57);
  });

  it('makes one run though the answer is lost', async () => {
    const { api, client } = start();
    loseFirst(api, 'after');
    const run = await createRun(client, wanted, () => 0.5);
    expect(api.cluster.objects(runs)).toEqual([run]);
  });

  it('does not take a namesake with another spec for its own', async () => {
    const { api, client } = start();
    putRun(api, { spec: { main: {} } });
    loseFirst(api, 'before');
    await expect(createRun(client, { ...wanted, ...where }, () => 0.5)).rejects.toBeInstanceOf(
      AnswerLostError,
    );
  });

  it('stores nothing in a dry run', async () => {
    const { api, client } = start();
    await createRun(client, wanted, () => 0.5, { dryRun: true });
    expect(api.cluster.objects(runs)).toEqual([]);
  });
});
