import { describe, expect, it } from 'vitest';
import type { RunTemplate } from '../core/run/run.ts';
import { controllerRevisions } from '../kube/resources.ts';
import { freezeTemplate, readTemplate } from './freezeTemplate.ts';
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

  it('says that there is none only when there is none', async () => {
    const { client } = start();
    expect(await readTemplate(client, { namespace: 'default', name: 'x' })).toBeUndefined();
  });
});
