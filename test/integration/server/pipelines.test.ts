import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEDULES } from '../../../src/actions/pipeline/kinds.ts';
import { omJobs } from '../../../src/actions/resources.ts';
import type { Problem } from '../../../src/contract/problem.ts';
import type {
  PipelineAnswer,
  PipelineRunStatus,
  PipelineServiceAnswer,
} from '../../../src/contract/routes/pipelines.ts';
import { configMaps, secrets } from '../../../src/kube/resources.ts';
import type { KubeObject, Resource } from '../../../src/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeIngestion } from './fakeIngestion.ts';
import { useServer } from './serverUnderTest.ts';

const ingestion = fakeIngestion();
const server = useServer('with operator', ingestion.settings);
const fqn = 'mysql."nightly run"';

afterAll(() => rmSync(ingestion.folder, { recursive: true, force: true }));

/** What OpenMetadata sends. */
function deployment(change: object = {}, name = fqn) {
  return {
    pipeline: {
      name: 'nightly run',
      fullyQualifiedName: name,
      pipelineType: 'metadata',
      sourceConfig: { config: { type: 'DatabaseMetadata' } },
      openMetadataServerConnection: {
        hostPort: 'http://openmetadata:8585/api',
        authProvider: 'openmetadata',
        securityConfig: { jwtToken: 's3cr3t-token' },
      },
      ...change,
    },
    service: {
      name: 'mysql',
      serviceType: 'Mysql',
      connection: {
        config: { type: 'Mysql', username: 'u', authType: { password: 'p4ss' }, hostPort: 'h:3306' },
      },
    },
  };
}

/** What any of the routes may answer with. */
type AnyBody = Omit<Problem, 'code'> &
  Omit<PipelineServiceAnswer, 'code'> &
  PipelineAnswer & { readonly code: unknown; readonly items: PipelineRunStatus[] };

async function send(method: string, path: string, namespace: string, body?: object, headers = {}) {
  const mark = path.includes('?') ? '&' : '?';
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await server().send(method, `/api/v1${path}${mark}namespace=${namespace}`, text, headers);
  return { status: answer.status, body: (await answer.json()) as AnyBody };
}

const at = (verb: string, name = fqn) => `/pipelines/${encodeURIComponent(name)}${verb}`;

async function statuses(namespace: string, name = fqn): Promise<PipelineRunStatus[]> {
  return (await send('GET', at('/status', name), namespace)).body.items;
}

function stateOf(namespace: string, runId: string, wanted: string): Promise<PipelineRunStatus> {
  return eventually(async () => {
    const found = (await statuses(namespace)).find((one) => one.runId === runId);
    return found?.pipelineState === wanted ? found : undefined;
  }, `run ${runId} to be ${wanted}`);
}

function hold(): () => void {
  const file = join(ingestion.folder, 'hold');
  writeFileSync(file, '');
  return () => rmSync(file, { force: true });
}

const handled = () => readFileSync(join(ingestion.folder, 'handled'), 'utf8');

describe('POST /pipelines', () => {
  it('keeps the workflow in an immutable Secret, and shows it without its secrets', async () => {
    const namespace = await server().namespace();
    const { client } = server();
    const { status, body } = await send('POST', '/pipelines', namespace, deployment());
    expect([status, body]).toEqual([
      200,
      { code: 200, reason: 'Pipeline deployed successfully to Kubernetes', platform: 'Kubernetes' },
    ]);
    const [secret] = (await client.list(secrets, { namespace })).items;
    expect(secret?.immutable).toBe(true);
    expect(secret?.metadata?.name).toMatch(/^om-secret-nightly-run-[0-9a-f]{8}-[0-9a-f]{10}$/);
    const config = Buffer.from(secret?.data?.['config'] ?? '', 'base64').toString();
    expect(config).toContain('p4ss');
    const found = (await client.list(configMaps, { namespace })).items;
    const record = found.find(({ metadata }) => metadata?.name?.startsWith('om-config-'));
    expect(record?.data?.['config']).toContain('serviceName: "mysql"');
    expect(JSON.stringify(record)).not.toMatch(/p4ss|s3cr3t/);
  });

  it('is safe to repeat, and keeps the last three configurations', async () => {
    const namespace = await server().namespace();
    for (const level of ['INFO', 'INFO', 'WARN', 'ERROR', 'DEBUG']) {
      await send('POST', '/pipelines', namespace, deployment({ loggerLevel: level }));
    }
    const { body } = await send('GET', at(''), namespace);
    expect(body.revisions).toHaveLength(3);
    expect((await server().client.list(secrets, { namespace })).items).toHaveLength(3);
    expect(body).toMatchObject({ fullyQualifiedName: fqn, engine: 'guaranteed', schedule: null });
  });

  it('goes back to the configuration before, and to one that is named', async () => {
    const namespace = await server().namespace();
    const revision = async () => (await send('GET', at(''), namespace)).body.revisions[0];
    await send('POST', '/pipelines', namespace, deployment({ loggerLevel: 'INFO' }));
    const first = await revision();
    await send('POST', '/pipelines', namespace, deployment({ loggerLevel: 'WARN' }));
    const second = await revision();
    expect((await send('POST', at('/rollback'), namespace, {})).status).toBe(200);
    expect(await revision()).toBe(first);
    await send('POST', at('/rollback'), namespace, { revision: second });
    expect(await revision()).toBe(second);
    const missing = await send('POST', at('/rollback'), namespace, { revision: 'none' });
    expect([missing.status, missing.body.code]).toEqual([404, 'NotFound']);
  });

  it.each([
    ['pipeline.name', deployment({ name: '' })],
    [
      'pipeline.airflowConfig.scheduleInterval',
      deployment({ airflowConfig: { scheduleInterval: '99 * * * *' } }),
    ],
    [
      'pipeline.airflowConfig.pipelineTimezone',
      deployment({ airflowConfig: { scheduleInterval: '@daily', pipelineTimezone: 'Mars/Base' } }),
    ],
  ])('refuses a wrong %s, naming it, with nothing made', async (field, body) => {
    const namespace = await server().namespace();
    const answer = await send('POST', '/pipelines', namespace, body);
    expect([answer.status, answer.body.code]).toEqual([422, 'SpecInvalid']);
    expect(answer.body.problems?.map((problem) => problem.field)).toContain(field);
    expect((await server().client.list(secrets, { namespace })).items).toEqual([]);
  });

  it('refuses a configuration that no container could be given, with the limit and what to do', async () => {
    const namespace = await server().namespace();
    const sourceConfig = { config: { type: 'DatabaseMetadata', note: 'x'.repeat(200_000) } };
    const answer = await send('POST', '/pipelines', namespace, deployment({ sourceConfig }));
    expect([answer.status, answer.body.code]).toEqual([413, 'PayloadTooLarge']);
    expect(answer.body.detail).toMatch(/131,?064|131064/);
    expect((await server().client.list(secrets, { namespace })).items).toEqual([]);
  });

  it('names a namespace that is not there, and each right that the caller lacks', async () => {
    const missing = await send('POST', '/pipelines', 'nowhere', deployment());
    expect([missing.status, missing.body.detail]).toEqual([
      404,
      "Namespace 'nowhere' does not exist. Create it with: kubectl create namespace nowhere",
    ]);
    const { cluster } = server();
    const namespace = await server().namespace();
    cluster.denied.add('create secrets').add('create pods');
    try {
      const refused = await send('POST', '/pipelines', namespace, deployment());
      expect(refused.status).toBe(403);
      expect(refused.body.detail).toContain(`create secrets in namespace ${namespace}`);
      expect(refused.body.detail).toContain(`create pods in namespace ${namespace}`);
    } finally {
      cluster.denied.clear();
    }
  });
});

/** Names of all that pipelines have in a namespace. */
async function left(namespace: string): Promise<(string | undefined)[]> {
  const kinds = [secrets, configMaps, omJobs, SCHEDULES.guaranteed] as Resource<KubeObject>[];
  const lists = await Promise.all(kinds.map((kind) => server().client.list(kind, { namespace })));
  const names = lists.flatMap(({ items }) => items.map(({ metadata }) => metadata?.name));
  return names.filter((name) => name?.startsWith('om-'));
}

describe('a pipeline', () => {
  const scheduled = { airflowConfig: { scheduleInterval: '@daily' } };

  it.each([
    ['dots', 'snow."a.b.c".nightly'],
    ['quotes', 'mysql."say ""when"""'],
    ['a slash', 'mysql.a/b?c=d&e#f%20'],
    ['256 characters', `mysql.${'n'.repeat(250)}`],
    ['as many as OpenMetadata stores', `データ.${'夜'.repeat(3068)}`],
  ])('may have a name with %s: it is deployed, found, held and deleted by it', async (_what, name) => {
    const namespace = await server().namespace();
    expect((await send('POST', '/pipelines', namespace, deployment(scheduled, name))).status).toBe(200);
    expect(await left(namespace)).toHaveLength(3);
    await send('POST', at('/toggle', name), namespace, { enabled: false });
    const found = await send('GET', at('', name), namespace);
    expect(found.body).toMatchObject({ fullyQualifiedName: name, schedule: { enabled: false } });
    expect((await send('DELETE', at('', name), namespace)).status).toBe(200);
    expect(await left(namespace)).toEqual([]);
  });

  it('may not have a longer name, which is said, with nothing made', async () => {
    const namespace = await server().namespace();
    const body = deployment(scheduled, `mysql.${'n'.repeat(3067)}`);
    const refused = await send('POST', '/pipelines', namespace, body);
    expect([refused.status, refused.body.code]).toEqual([422, 'SpecInvalid']);
    expect(refused.body.detail).toContain('pipeline.fullyQualifiedName');
    expect(await left(namespace)).toEqual([]);
  });

  it('whose configuration does not fit a request is refused with the limit and what to do', async () => {
    const namespace = await server().namespace();
    const sourceConfig = { config: { type: 'DatabaseMetadata', note: 'x'.repeat(2 ** 21) } };
    const refused = await send('POST', '/pipelines', namespace, deployment({ sourceConfig }));
    expect([refused.status, refused.body.code]).toEqual([413, 'PayloadTooLarge']);
    expect(refused.body.detail).toContain('at most 131064 bytes');
    expect(refused.body.detail).toContain('split it into several pipelines');
    expect(await left(namespace)).toEqual([]);
  });

  it.each([
    ['running a pipeline', at('/run'), deployment()],
    ['testing a connection', '/automations', { name: 'test', workflowType: 'TEST_CONNECTION' }],
    ['running an application', '/applications/tagger/run', { name: 'tagger' }],
  ])('in a namespace that is not there: it is named when %s', async (_what, path, body) => {
    const refused = await send('POST', path, 'nowhere', body);
    expect([refused.status, refused.body.detail]).toEqual([
      404,
      "Namespace 'nowhere' does not exist. Create it with: kubectl create namespace nowhere",
    ]);
  });
});

describe('POST /pipelines/{fqn}/run', () => {
  it('runs what is deployed, and its handler reports', async () => {
    const namespace = await server().namespace();
    await send('POST', '/pipelines', namespace, deployment());
    const { body } = await send('POST', at('/run'), namespace, {});
    const { runId = '', jobName = '' } = body;
    expect(body).toMatchObject({ code: 200, platform: 'Kubernetes' });
    expect(body.reason).toBe(`Pipeline triggered successfully - ${JSON.stringify({ runId, jobName })}`);
    expect(jobName).toBe(`om-job-nightly-run-${jobName.split('-').at(-2)}-${runId.slice(0, 8)}`);
    const ended = await stateOf(namespace, runId, 'success');
    expect(ended).toMatchObject({ jobName, source: 'cluster' });
    expect(handled()).toContain(`handler success ${runId} ${jobName}`);
    const page = await send('GET', at('/logs'), namespace);
    expect(page.body).toEqual({ ingestion_task: `main.py metadata ${fqn} ${runId}\n`, total: '1' });
  });

  it('makes one run of one Idempotency-Key, and refuses it with another body', async () => {
    const namespace = await server().namespace();
    await send('POST', '/pipelines', namespace, deployment());
    const key = { 'idempotency-key': 'one' };
    const first = await send('POST', at('/run'), namespace, {}, key);
    const again = await send('POST', at('/run'), namespace, {}, key);
    expect(again.body).toEqual(first.body);
    const other = await send('POST', at('/run'), namespace, deployment(), key);
    expect([other.status, other.body.code]).toEqual([422, 'IdempotencyKeyReused']);
    expect(await statuses(namespace)).toHaveLength(1);
  });

  it('runs what the body says without being deployed; its Secret belongs to the run', async () => {
    const namespace = await server().namespace();
    const { body } = await send('POST', at('/run'), namespace, deployment());
    await stateOf(namespace, body.runId ?? '', 'success');
    const [secret] = (await server().client.list(secrets, { namespace })).items;
    expect(secret?.metadata?.ownerReferences).toMatchObject([{ kind: 'OMJob', name: body.jobName }]);
  });

  it('refuses what is not deployed, and values for one run where there is no application', async () => {
    const namespace = await server().namespace();
    const missing = await send('POST', at('/run'), namespace, {});
    expect([missing.status, missing.body.code]).toEqual([404, 'NotFound']);
    await send('POST', '/pipelines', namespace, deployment());
    const wrong = await send('POST', at('/run'), namespace, { config: { a: 1 } });
    expect([wrong.status, wrong.body.code]).toEqual([422, 'SpecInvalid']);
  });
});

describe('POST /pipelines/{fqn}/kill', () => {
  it('ends pods, waits for the handler, and keeps the record of the run', async () => {
    const namespace = await server().namespace();
    const release = hold();
    try {
      await send('POST', '/pipelines', namespace, deployment());
      const { body: run } = await send('POST', at('/run'), namespace, {});
      const runId = run.runId ?? '';
      await stateOf(namespace, runId, 'running');
      const query = `namespace=${namespace}&runId=${runId}&follow=true`;
      const followed = await server().send('GET', `/api/v1${at('/logs')}?${query}`);
      const log = followed.body?.pipeThrough(new TextDecoderStream()).getReader();
      expect((await log?.read())?.value, 'the log as it is written').toContain(runId);
      const killed = await send('POST', at('/kill'), namespace, {});
      // It ends with its run, not before and not much later.
      while ((await log?.read())?.done === false);
      expect([killed.status, killed.body.reason]).toEqual([
        200,
        'Killed 1 running job(s) for pipeline nightly-run',
      ]);
      expect((await statuses(namespace))[0]).toMatchObject({ runId, pipelineState: 'failed' });
      expect(handled()).toContain(`handler failed ${runId}`);
    } finally {
      release();
    }
  });

  it('ends one run and no other', async () => {
    const namespace = await server().namespace();
    const release = hold();
    try {
      await send('POST', '/pipelines', namespace, deployment());
      const runs = [];
      for (let count = 0; count < 2; count += 1)
        runs.push((await send('POST', at('/run'), namespace, {})).body.runId ?? '');
      const [one = '', other = ''] = runs;
      await stateOf(namespace, one, 'running');
      await stateOf(namespace, other, 'running');
      await send('POST', at(`/runs/${one}/kill`), namespace, {});
      await stateOf(namespace, one, 'failed');
      await stateOf(namespace, other, 'running');
      const unknown = await send('POST', at('/runs/none/kill'), namespace, {});
      expect(unknown.status).toBe(404);
      await send('POST', at('/kill'), namespace, {});
    } finally {
      release();
    }
  });
});

describe('POST /pipelines/{fqn}/toggle', () => {
  it('holds the schedule and lets it run, however often it is asked; deleting takes it away', async () => {
    const namespace = await server().namespace();
    const airflowConfig = { scheduleInterval: '@daily', pipelineTimezone: 'Europe/Berlin' };
    await send('POST', '/pipelines', namespace, deployment({ airflowConfig }));
    const schedule = async () => (await send('GET', at(''), namespace)).body.schedule;
    expect(await schedule()).toMatchObject({ cron: '0 0 * * *', timeZone: 'Europe/Berlin', enabled: true });
    for (const enabled of [false, false, true]) {
      const { body } = await send('POST', at('/toggle'), namespace, { enabled });
      expect(body.reason).toBe(`Pipeline ${enabled ? 'enabled' : 'disabled'}`);
      expect(await schedule()).toMatchObject({ enabled });
    }
    await send('DELETE', at(''), namespace);
    expect((await send('GET', at(''), namespace)).status).toBe(404);
  });
});

describe('DELETE /pipelines/{fqn}', () => {
  it('leaves nothing, and lets the handlers of what ran find their configuration', async () => {
    const namespace = await server().namespace();
    const { client } = server();
    const release = hold();
    try {
      await send('POST', '/pipelines', namespace, deployment());
      const { body: run } = await send('POST', at('/run'), namespace, {});
      await stateOf(namespace, run.runId ?? '', 'running');
      const { body } = await send('DELETE', at(''), namespace);
      expect(body).toMatchObject({ code: 200, reason: 'Pipeline deleted successfully' });
      await eventually(async () => {
        const left = (await client.list(secrets, { namespace })).items;
        return left.length === 0 && (await statuses(namespace)).length === 0;
      }, 'all of the pipeline to be gone');
      expect(handled()).toContain(`handler failed ${run.runId}`);
      const again = await send('DELETE', at(''), namespace);
      expect(again.body.code).toBe(200);
    } finally {
      release();
    }
  });
});

describe('the service', () => {
  it('tells its address and that it is healthy, or what is missing', async () => {
    const namespace = await server().namespace();
    const { body: host } = await send('GET', '/pipelines/-/host', namespace);
    expect(host).toEqual({ ip: `Kubernetes cluster - namespace: ${namespace}` });
    const status = async (where: string) => (await send('GET', '/pipelines/-/service-status', where)).body;
    expect(await status(namespace)).toMatchObject({
      code: 200,
      reason: `Kubernetes pipeline client is available in namespace '${namespace}' with service account 'default'`,
    });
    const { cluster } = server();
    const without = await server().namespace();
    cluster.denied.add('create secrets');
    try {
      const lacking = await status(without);
      expect(lacking.code).toBe(500);
      expect(lacking.reason).toContain(`missing Secret permissions in namespace '${without}'`);
    } finally {
      cluster.denied.clear();
    }
    expect((await status('nowhere')).reason).toContain('kubectl create namespace nowhere');
  });

  it('runs automations and applications', async () => {
    const namespace = await server().namespace();
    const test = { name: 'test-connection-1', workflowType: 'TEST_CONNECTION' };
    const { body } = await send('POST', '/automations', namespace, test);
    expect(body.jobName).toMatch(/^om-automation-test-connection-1-/);
    const app = { name: 'query-runner' };
    const ran = await send('POST', '/applications/query-runner/run', namespace, app);
    expect(ran.body.jobName).toMatch(/^om-app-query-runner-/);
    const valid = await send('POST', '/applications/query-runner/validate', namespace, app);
    expect(valid.body.code).toBe(200);
  });

  it('names the right that automations and applications lack, and leaves nothing of them', async () => {
    const namespace = await server().namespace();
    const { cluster, client } = server();
    cluster.denied.add('create omjobs');
    try {
      const test = { name: 'test-connection-2', workflowType: 'TEST_CONNECTION' };
      const app = { name: 'query-runner' };
      for (const [path, body] of [
        ['/automations', test],
        ['/applications/query-runner/run', app],
      ] as const) {
        const refused = await send('POST', path, namespace, body);
        expect([refused.status, refused.body.detail]).toEqual([
          403,
          expect.stringContaining(`create omjobs.pipelines.openmetadata.org in namespace ${namespace}`),
        ]);
      }
      expect((await client.list(secrets, { namespace })).items).toEqual([]);
    } finally {
      cluster.denied.clear();
    }
  });
});
