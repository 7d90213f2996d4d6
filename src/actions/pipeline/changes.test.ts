import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { AnswerLostError, ConflictError, ForbiddenError, ServerError } from '../../kube/errors.ts';
import { configMaps } from '../../kube/resources.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { FakeApi } from '../testing/fakeApi.ts';
import { Changes } from './changes.ts';

function start() {
  const clock = virtualClock();
  const api = new FakeApi(clock);
  const changes = new Changes(api.client(), { clock, random: () => 0.5 });
  const settled = <T>(work: Promise<T>) => settledWithin(clock, 60_000, work);
  const texts = () =>
    api.cluster.objects(configMaps).map(({ metadata, data }) => [metadata?.name, data?.['x']]);
  return { api, changes, settled, texts };
}

function config(name: string, x: string): ConfigMap {
  return { metadata: { namespace: 'default', name }, data: { x } };
}

describe('Changes', () => {
  it('creates what is missing, replaces what is there, and keeps the labels of others', async () => {
    const { api, changes, settled, texts } = start();
    const theirs = { namespace: 'default', name: 'a', labels: { theirs: 'yes' } };
    api.cluster.put(configMaps, { metadata: theirs, data: { x: 'old', gone: '1' } });
    await settled(changes.put(configMaps, config('a', 'new')));
    await settled(changes.put(configMaps, config('b', 'first')));
    expect(texts()).toEqual([
      ['a', 'new'],
      ['b', 'first'],
    ]);
    const [a] = api.cluster.objects(configMaps);
    expect([a?.metadata?.labels, a?.data]).toEqual([{ theirs: 'yes' }, { x: 'new' }]);
  });

  it('takes everything back: what it made goes, what it replaced is as it was', async () => {
    const { api, changes, settled, texts } = start();
    api.cluster.put(configMaps, config('a', 'old'));
    await settled(changes.put(configMaps, config('a', 'new')));
    await settled(changes.put(configMaps, config('b', 'first')));
    expect(await settled(changes.takeBack())).toEqual([]);
    expect(texts()).toEqual([['a', 'old']]);
  });

  it.each(['before', 'after'] as const)(
    'takes back a write whose answer was lost %s it took effect',
    async (moment) => {
      const { api, changes, settled, texts } = start();
      api.cluster.put(configMaps, config('a', 'old'));
      api.fault = ({ name }, now) =>
        now === moment && api.writes.length <= 2
          ? new AnswerLostError({ message: `writing ${name}: no answer` })
          : undefined;
      await settled(changes.put(configMaps, config('a', 'new')));
      await settled(changes.put(configMaps, config('b', 'first')));
      api.fault = () => undefined;
      expect(await settled(changes.takeBack())).toEqual([]);
      expect(texts()).toEqual([['a', 'old']]);
    },
  );

  it('leaves to others what they have written since', async () => {
    const { api, changes, settled, texts } = start();
    api.cluster.put(configMaps, config('a', 'old'));
    await settled(changes.put(configMaps, config('a', 'new')));
    const [a] = api.cluster.objects(configMaps);
    api.cluster.put(configMaps, { ...a, data: { x: 'theirs' } });
    await settled(changes.takeBack());
    expect(texts()).toEqual([['a', 'theirs']]);
  });

  it('tries again what goes by itself, and not what somebody has to mend', async () => {
    const { api, changes, settled } = start();
    api.fault = (_write, moment) =>
      moment === 'before' && api.writes.length === 1
        ? new ServerError({ message: 'away', status: 503 })
        : undefined;
    await settled(changes.put(configMaps, config('a', 'new')));
    expect(api.writes).toHaveLength(2);
    api.fault = () => new ForbiddenError({ message: 'no', status: 403 });
    await expect(settled(changes.put(configMaps, config('b', 'new')))).rejects.toBeInstanceOf(ForbiddenError);
    expect(api.writes).toHaveLength(3);
  });

  it('commits only on what was read before', async () => {
    const { api, changes, settled } = start();
    api.cluster.put(configMaps, config('a', 'old'));
    const work = changes.commit(configMaps, config('a', 'new'), undefined);
    await expect(settled(work)).rejects.toBeInstanceOf(ConflictError);
  });
});
