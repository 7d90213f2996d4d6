import { describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import { InvalidError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { condition, createRun, endedRun, shell, useProduct } from '../support/product.ts';

const product = useProduct();

describe('a raw run', () => {
  it.each([
    ['a name of 58 characters', 'r'.repeat(58), {}, /57/],
    ['a limit of a wrong type', 'r', { limits: { runSeconds: 'long' } }, /spec\.limits\.runSeconds/],
    ['a negative limit', 'r', { limits: { runSeconds: -1 } }, /spec\.limits\.runSeconds/],
    ['an unknown choice', 'r', { logs: 'Loud' }, /spec\.logs/],
    ['no main', 'r', { main: undefined }, /spec\.main/],
  ])('with %s is refused by the API, naming the field', async (_what, name, change, sentence) => {
    const namespace = await product().namespace();
    const create = createRun(product().client, namespace, name, { main: shell('true'), ...change } as never);
    await expect(create).rejects.toThrow(InvalidError);
    await expect(create).rejects.toThrow(sentence);
  });

  it.each([
    ['a restart policy', shell('true', { restartPolicy: 'Always' }), /restartPolicy/],
    [
      'no container named main among two',
      {
        spec: {
          containers: [
            { name: 'a', image: 'i' },
            { name: 'b', image: 'i' },
          ],
        },
      },
      /main/,
    ],
    ['a bad image reference', { spec: { containers: [{ name: 'main', image: 'UP per' }] } }, /UP per/],
    ['a container without image', { spec: { containers: [{ name: 'main' }] } }, /image/],
    ['a patch directive', { spec: { $patch: 'replace' } }, /\$patch/],
    [
      'a bad quantity',
      { spec: { containers: [{ name: 'main', image: 'i', resources: { limits: { memory: 'lots' } } }] } },
      /memory|quantit/,
    ],
  ])('with %s is Refused as SpecInvalid before any pod exists', async (_what, main, sentence) => {
    const { client } = product();
    const namespace = await product().namespace();
    const create = createRun(client, namespace, 'r', { main, exitHandler: shell('true') } as never);
    const refusedBySchema = await create.then(
      () => undefined,
      (error) => error as Error,
    );
    if (refusedBySchema !== undefined) {
      expect(refusedBySchema.message).toMatch(sentence);
      return;
    }
    const run = await endedRun(client, namespace, 'r');
    expect(run.status?.phase).toBe('Refused');
    expect(condition(run, 'Accepted')).toBe('False SpecInvalid');
    expect(run.status?.message).toMatch(sentence);
    expect((await client.list(pods, { namespace })).items).toEqual([]);
  });
});

describe('what may change in a run', () => {
  it('is cancel, priority and queue while queued, and how long to keep it; nothing else', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    await createRun(client, namespace, 'r', { main: shell('true') });
    await endedRun(client, namespace, 'r');
    const patch = (spec: object) =>
      client.patch(runs, { namespace, name: 'r' }, { type: 'merge', body: { spec } });
    await patch({ ttlSeconds: { succeeded: 60 } });
    for (const spec of [
      { main: shell('false') },
      { profile: 'sync' },
      { limits: { runSeconds: 5 } },
      { priority: 9 },
    ])
      await expect(patch(spec), JSON.stringify(spec)).rejects.toThrow(/immutable|queued/i);
  });

  it('is not its end: a terminal phase and the result of main stay', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    await createRun(client, namespace, 'r', { main: shell('exit 1') });
    await endedRun(client, namespace, 'r');
    const patch = (status: object) =>
      client.patch(
        runs,
        { namespace, name: 'r' },
        { type: 'merge', body: { status } },
        { subresource: 'status' },
      );
    await expect(patch({ phase: 'Succeeded' })).rejects.toThrow(InvalidError);
    await expect(patch({ main: { outcome: 'Succeeded' } })).rejects.toThrow(InvalidError);
  });
});
