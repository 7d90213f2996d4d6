import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../testing/testApi.ts';

let folder = '';
let api: TestApi | undefined;

afterEach(async () => {
  await api?.kubelite.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('an answer about a write that is on its way to the disk', () => {
  it('waits until it is there: who is told AlreadyExists, or nothing to change, can read the object', async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubelite-answers-'));
    api = await testApi({ dataDir: folder });
    const { call } = api;
    const collection = '/api/v1/namespaces/default/configmaps';
    for (let number = 0; number < 20; number += 1) {
      const name = `c-${number}`;
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: '1' } };
      const readAfter = (status: number) =>
        call('GET', `${collection}/${name}`).then((read) => [status, read.status]);
      const first = call('POST', collection, body);
      const second = call('POST', collection, body).then(({ status }) => readAfter(status));
      const patch = { data: { n: '1' } };
      const third = call('PATCH', `${collection}/${name}`, patch, 'application/merge-patch+json').then(
        ({ status }) => readAfter(status),
      );
      expect((await first).status).toBe(201);
      expect([await second, await third]).toEqual([
        [409, 200],
        [200, 200],
      ]);
    }
  });
});
