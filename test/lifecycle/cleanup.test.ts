import { describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { RunSpec } from '../../src/core/run/run.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, shell, useProduct } from '../support/product.ts';

const product = useProduct();

async function start(spec: Partial<RunSpec>): Promise<string> {
  const namespace = await product().namespace();
  await createRun(product().client, namespace, 'r', {
    main: shell('true'),
    exitHandler: shell('true'),
    ...spec,
  });
  return namespace;
}

const podsAreGone = (namespace: string) =>
  eventually(
    async () => (await product().client.list(pods, { namespace })).items.length === 0,
    'the pods to be gone',
  );

const runIsGone = (namespace: string) =>
  eventually(
    () =>
      product()
        .client.get(runs, { namespace, name: 'r' })
        .then(
          () => false,
          (error: unknown) => error instanceof NotFoundError,
        ),
    'the run to be gone',
  );

describe('after the end of a run', () => {
  it('keepPodSeconds takes its pods away and leaves the record', async () => {
    const namespace = await start({ keepPodSeconds: { succeeded: 2 } });
    const { status } = await endedRun(product().client, namespace, 'r');
    await podsAreGone(namespace);
    const kept = await product().client.get(runs, { namespace, name: 'r' });
    expect(kept.status).toMatchObject({
      phase: 'Succeeded',
      main: status?.main,
      exit: { receipt: { exitCode: 0 } },
    });
  });

  it.each([
    ['succeeded', 'true'],
    ['failed', 'exit 3'],
  ])('ttlSeconds.%s takes the run away and all that it made', async (outcome, script) => {
    const namespace = await start({ main: shell(script), ttlSeconds: { [outcome]: 2 } });
    await endedRun(product().client, namespace, 'r');
    await runIsGone(namespace);
    await podsAreGone(namespace);
  });

  it('what is kept for another outcome stays', async () => {
    const namespace = await start({
      main: shell('exit 3'),
      ttlSeconds: { succeeded: 1 },
      keepPodSeconds: { succeeded: 1 },
    });
    const ended = await endedRun(product().client, namespace, 'r');
    const other = await start({ ttlSeconds: { succeeded: 4 } });
    await runIsGone(other);
    const kept = await product().client.get(runs, { namespace, name: 'r' });
    expect(kept.metadata.uid).toBe(ended.metadata.uid);
    expect((await product().client.list(pods, { namespace })).items).toHaveLength(2);
  });

  it('a time that is made shorter counts at once', async () => {
    const namespace = await start({ ttlSeconds: { succeeded: 86_400 } });
    await endedRun(product().client, namespace, 'r');
    const body = { spec: { ttlSeconds: { succeeded: 1 } } };
    await product().client.patch(runs, { namespace, name: 'r' }, { type: 'merge', body });
    await runIsGone(namespace);
  });
});
