import { describe, expect, it } from 'vitest';
import { containers, putRun, start } from '../actions/testing/fixtures.ts';
import type { RunTemplate } from '../core/run/run.ts';
import { ForbiddenError } from '../kube/errors.ts';
import { controllerRevisions } from '../kube/resources.ts';
import { virtualClock } from '../ports/testing/virtualClock.ts';
import { Templates } from './templates.ts';

const template: RunTemplate = {
  profile: 'job',
  main: { spec: { containers } },
  limits: {},
  exitRetry: { maxAttempts: 1, backoffSeconds: 1 },
};

/** Ten runs of a burst that all freeze the same template, and how many writes that took. */
async function burst(failsFirst: boolean) {
  const { api, client } = start();
  const run = putRun(api);
  const templates = new Templates({ client, clock: virtualClock(0), mode: 'act' });
  let writes = 0;
  api.fault = (_write, moment) => {
    if (moment !== 'before') return undefined;
    writes += 1;
    return failsFirst && writes === 1 ? new ForbiddenError({ message: 'no right yet' }) : undefined;
  };
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => templates.freeze(run, template, {})),
  );
  const failed = results.filter(({ status }) => status === 'rejected').length;
  return { writes, failed, stored: api.cluster.objects(controllerRevisions).length };
}

describe('Templates.freeze', () => {
  it('stores a template that many runs need at once with one write, and none is refused', async () => {
    expect(await burst(false)).toEqual({ writes: 1, failed: 0, stored: 1 });
  });

  it('lets the next run try when the one that stored it failed', async () => {
    expect(await burst(true)).toEqual({ writes: 2, failed: 1, stored: 1 });
  });
});
