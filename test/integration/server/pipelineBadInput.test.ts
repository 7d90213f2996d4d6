import { describe, expect, it } from 'vitest';
import { SCHEDULES } from '../../../src/actions/pipeline/kinds.ts';
import { omJobs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import { configMaps, secrets } from '../../../src/kube/resources.ts';
import type { KubeObject, Resource } from '../../../src/kube/types.ts';
import { useServer } from './serverUnderTest.ts';

const server = useServer('without operator', { namespace: 'default' });
const MIB = 1024 * 1024;

function deployment(fqn: string, change: object = {}) {
  return {
    pipeline: {
      name: 'nightly',
      fullyQualifiedName: fqn,
      pipelineType: 'metadata',
      sourceConfig: { config: { type: 'DatabaseMetadata' } },
      airflowConfig: { scheduleInterval: '@daily' },
      openMetadataServerConnection: { hostPort: 'http://om/api', securityConfig: { jwtToken: 't' } },
      ...change,
    },
    service: { name: 'mysql', serviceType: 'Mysql', connection: { config: { type: 'Mysql' } } },
  };
}

async function send(method: string, path: string, namespace: string, body?: object) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await server().send(method, `/api/v1${path}?namespace=${namespace}`, text);
  return { status: answer.status, body: (await answer.json()) as Problem };
}

/** Names of all that pipelines have in a namespace. */
async function left(namespace: string): Promise<(string | undefined)[]> {
  const { client } = server();
  const kinds = [secrets, configMaps, omJobs, SCHEDULES.guaranteed];
  const lists = await Promise.all(
    kinds.map((kind) => client.list(kind as Resource<KubeObject>, { namespace })),
  );
  const names = lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name));
  return names.filter((name) => name?.startsWith('om-'));
}

describe('a pipeline', () => {
  it.each([
    ['dots', 'snow."a.b.c".nightly'],
    ['quotes', 'mysql."say ""when"""'],
    ['spaces', 'mysql."every night at one"'],
    ['a slash', 'mysql.a/b?c=d&e#f%20'],
    ['unicode', 'データ.夜間🌙'],
    ['256 characters', `mysql.${'n'.repeat(250)}`],
    ['as many as OpenMetadata stores', `データ.${'夜'.repeat(3068)}`],
  ])('may have a name with %s: it is deployed, found, held and deleted by it', async (_what, fqn) => {
    const namespace = await server().namespace();
    const at = `/pipelines/${encodeURIComponent(fqn)}`;
    expect((await send('POST', '/pipelines', namespace, deployment(fqn))).status).toBe(200);
    expect(await left(namespace)).toHaveLength(3);
    const found = await send('GET', at, namespace);
    expect(found.body).toMatchObject({ fullyQualifiedName: fqn, schedule: { enabled: true } });
    await send('POST', `${at}/toggle`, namespace, { enabled: false });
    expect((await send('GET', at, namespace)).body).toMatchObject({ schedule: { enabled: false } });
    expect((await send('DELETE', at, namespace)).status).toBe(200);
    expect(await left(namespace)).toEqual([]);
  });

  it('may not have a longer name, which is said, with nothing made', async () => {
    const namespace = await server().namespace();
    const fqn = `mysql.${'n'.repeat(3067)}`;
    const { status, body } = await send('POST', '/pipelines', namespace, deployment(fqn));
    expect([status, body.code, body.detail]).toEqual([
      422,
      'SpecInvalid',
      expect.stringContaining('pipeline.fullyQualifiedName'),
    ]);
    expect(await left(namespace)).toEqual([]);
  });

  it('whose configuration does not fit a request is refused with the limit and what to do', async () => {
    const namespace = await server().namespace();
    const sourceConfig = { config: { type: 'DatabaseMetadata', note: 'x'.repeat(2 * MIB) } };
    const body = deployment('mysql.nightly', { sourceConfig });
    const answer = await send('POST', '/pipelines', namespace, body);
    expect([answer.status, answer.body.code]).toEqual([413, 'PayloadTooLarge']);
    expect(answer.body.detail).toContain('at most 131064 bytes');
    expect(answer.body.detail).toContain('split it into several pipelines');
    expect(await left(namespace)).toEqual([]);
  });
});

describe('a namespace that is not there', () => {
  it.each([
    ['running a pipeline', '/pipelines/mysql.nightly/run', deployment('mysql.nightly')],
    ['testing a connection', '/automations', { name: 'test', workflowType: 'TEST_CONNECTION' }],
    ['running an application', '/applications/tagger/run', { name: 'tagger' }],
  ])('is named when %s, with how to make it', async (_what, path, body) => {
    const answer = await send('POST', path, 'nowhere', body);
    expect([answer.status, answer.body.detail]).toEqual([
      404,
      "Namespace 'nowhere' does not exist. Create it with: kubectl create namespace nowhere",
    ]);
  });
});
