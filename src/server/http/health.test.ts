import { afterEach, describe, expect, it } from 'vitest';
import { createHealthApp, type Readiness } from './health.ts';

let app: ReturnType<typeof createHealthApp> | undefined;
afterEach(() => app?.close());

async function readyz(readiness: Readiness) {
  app = createHealthApp({ readiness: () => readiness, metrics: async () => '' });
  const { statusCode, body } = await app.inject('/readyz');
  return [statusCode, body];
}

describe('createHealthApp', () => {
  it('is ready, and says what is wrong all the same', async () => {
    expect(await readyz({ ready: true, warnings: [] })).toEqual([200, 'ok\n']);
    const warnings = ['history: no space left'];
    expect(await readyz({ ready: true, warnings })).toEqual([200, 'ok\nwarning: history: no space left\n']);
  });

  it('says what stands in the way', async () => {
    expect(await readyz({ ready: false, why: 'stopping' })).toEqual([503, 'stopping\n']);
  });
});
