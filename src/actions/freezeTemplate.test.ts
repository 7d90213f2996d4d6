import { describe, expect, it } from 'vitest';
import type { RunTemplate } from '../core/run/run.ts';
import { isMarked } from '../core/sweep/sweepMark.ts';
import { controllerRevisions } from '../kube/resources.ts';
import { freezeTemplate, readTemplate } from './freezeTemplate.ts';
import { markForSweep } from './markForSweep.ts';
import { containers, loseFirst, start } from './testing/fixtures.ts';

describe('freezeTemplate', () => {
  const template: RunTemplate = {
    profile: 'job',
    main: { spec: { containers } },
    limits: {},
    exitRetry: { maxAttempts: 1, backoffSeconds: 1 },
  };

  it('stores a template once, whatever happens to the answer', async () => {
    const { api, client } = start();
    loseFirst(api, 'after');
    const name = await freezeTemplate(client, 'default', template);
    expect(await freezeTemplate(client, 'default', template)).toBe(name);
    expect(api.cluster.objects(controllerRevisions)).toHaveLength(1);
    expect(await readTemplate(client, { namespace: 'default', name })).toEqual(template);
  });

  it('takes the mark of the sweeper off, and stores anew what was swept just then', async () => {
    const { api, client } = start();
    const mark = '2026-01-01T01:00:00.000Z';
    const marked = async () => {
      const name = await freezeTemplate(client, 'default', template);
      const revision = await client.get(controllerRevisions, { namespace: 'default', name });
      await markForSweep(client, controllerRevisions, revision, mark);
      return name;
    };
    await marked();
    await freezeTemplate(client, 'default', template);
    expect(isMarked(api.cluster.objects(controllerRevisions)[0] ?? {})).toBe(false);
    const name = await marked();
    api.fault = (write, moment) => {
      if (write.verb === 'patch' && moment === 'before') {
        api.cluster.remove(controllerRevisions, { namespace: 'default', name });
      }
      return undefined;
    };
    await freezeTemplate(client, 'default', template);
    expect(isMarked(api.cluster.objects(controllerRevisions)[0] ?? {})).toBe(false);
  });

  it('says that there is none only when there is none', async () => {
    const { client } = start();
    expect(await readTemplate(client, { namespace: 'default', name: 'x' })).toBeUndefined();
  });
});
