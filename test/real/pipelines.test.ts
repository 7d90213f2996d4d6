import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineKind, jobs, SCHEDULES } from '../../src/actions/pipeline/kinds.ts';
import { omJobs } from '../../src/actions/resources.ts';
import type { PipelineRunStatus, PipelineServiceAnswer } from '../../src/contract/routes/pipelines.ts';
import { configMaps, pods, secrets } from '../../src/kube/resources.ts';
import type { KubeObject, Resource } from '../../src/kube/types.ts';
import { type Account, kubectl, useAccounts } from '../support/account.ts';
import { ROOT } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { logOf } from '../support/omJob.ts';
import { loadIngestionImage, type PipelineServer, startPipelineServer } from '../support/pipelineServer.ts';
import { useProduct } from '../support/product.ts';

const product = useProduct();
const accounts = useAccounts();
const ENGINES = ['guaranteed', 'native'] as const satisfies readonly EngineKind[];
const JOBS: Readonly<Record<EngineKind, Resource<KubeObject>>> = { guaranteed: omJobs, native: jobs };
const servers = new Map<EngineKind, PipelineServer>();

let folder = '';
let namespace = '';
let token = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-pipelines-'));
  await loadIngestionImage();
  namespace = await product().namespace();
  await applyRights(namespace);
  await accounts().account(namespace, 'caller', { edits: true, connects: false });
  const role = ['--role=endwell-pipelines', `--serviceaccount=${namespace}:caller`];
  await kubectl('create', 'rolebinding', '-n', namespace, 'caller-pipelines', ...role);
  token = (await kubectl('create', 'token', '-n', namespace, 'caller')).trim();
  const server = await serverAccount();
  for (const engine of ENGINES) servers.set(engine, await startPipelineServer(engine, server, namespace));
});

afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** What deploy/pipelines.yaml gives, in the namespace of the test. */
async function applyRights(where: string): Promise<void> {
  const text = await readFile(join(ROOT, 'deploy', 'pipelines.yaml'), 'utf8');
  const file = join(folder, 'pipelines.yaml');
  await writeFile(file, text.replaceAll('openmetadata-pipelines', where));
  await kubectl('apply', '-f', file);
}

/** The installed server's own account: nothing works here by rights that it does not have. */
function serverAccount(): Promise<Account> {
  return accounts().existing('endwell-system', 'endwell-server');
}

/** What OpenMetadata sends; one that logs at DEBUG runs until it is ended. */
function deployment(name: string, change: object = {}) {
  return {
    pipeline: {
      name,
      fullyQualifiedName: `mysql.${name}`,
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
      connection: { config: { type: 'Mysql', username: 'u', hostPort: 'h:3306' } },
    },
  };
}

type AnyBody = PipelineServiceAnswer & { items: PipelineRunStatus[]; [key: string]: unknown };

/** A request with the caller's token; anything but success is shown. */
async function send(engine: EngineKind, method: string, path: string, body?: object): Promise<AnyBody> {
  const url = `${servers.get(engine)?.url}/api/v1${path}`;
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.ok, `${method} ${path}: ${text}`).toBe(true);
  return JSON.parse(text) as AnyBody;
}

const at = (name: string, verb: string) => `/pipelines/${encodeURIComponent(`mysql.${name}`)}${verb}`;

async function stateOf(engine: EngineKind, name: string, runId: string): Promise<string | undefined> {
  const { items } = await send(engine, 'GET', at(name, '/status'));
  return items.find((one) => one.runId === runId)?.pipelineState;
}

function untilState(engine: EngineKind, name: string, runId: string, wanted: string): Promise<true> {
  let last: string | undefined;
  return eventually(
    async () => {
      last = await stateOf(engine, name, runId);
      return last === wanted || undefined;
    },
    () => `run ${runId} to be ${wanted}; it is ${last}`,
  );
}

/** Runs a pipeline that goes on until it is ended; its id, once it runs. */
async function running(engine: EngineKind, name: string): Promise<string> {
  const { runId = '' } = await send(engine, 'POST', at(name, '/run'), {});
  await untilState(engine, name, runId, 'running');
  return runId;
}

/** The pod of a run, once its container runs: a Job is running as soon as it has a pod. */
function mainPod(engine: EngineKind, runId: string): Promise<Pod> {
  const labelSelector = `app.kubernetes.io/run-id=${runId}`;
  const isMain = (name = '') => engine === 'native' || name.endsWith('-main');
  return eventually(async () => {
    const { items } = await product().client.list(pods, { namespace, labelSelector });
    const pod = items.find(({ metadata }) => isMain(metadata?.name));
    return pod?.status?.containerStatuses?.[0]?.state?.running && pod;
  }, `the pod of run ${runId} to run`);
}

/** All that a pod says, to its end, and what its preStop hook says there. */
async function followed({ metadata }: Pod): Promise<() => Promise<string>> {
  const stream = await product().client.podLog({ namespace, name: metadata?.name ?? '' }, { follow: true });
  const reading = (async () => {
    let text = '';
    for await (const chunk of stream) text += Buffer.from(chunk).toString();
    return text;
  })();
  return () => reading;
}

/** Names of schedules that an engine has of a pipeline. */
async function schedulesOf(engine: EngineKind, name: string): Promise<string[]> {
  const { items } = await product().client.list(SCHEDULES[engine], { namespace });
  return items.map(({ metadata }) => metadata?.name ?? '').filter((one) => one.includes(`-${name}-`));
}

/** Kinds and names of all that is there of a pipeline. */
async function leftOf(name: string): Promise<string[]> {
  const { client } = product();
  const kinds: Resource<KubeObject>[] = [
    secrets,
    configMaps,
    ...Object.values(SCHEDULES),
    ...Object.values(JOBS),
    pods,
  ];
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { items } = await client.list(kind, { namespace });
      return items.map(({ metadata }) => `${kind.plural}/${metadata?.name}`);
    }),
  );
  return lists.flat().filter((one) => one.includes(`-${name}-`));
}

describe.concurrent.each(ENGINES)('on a real cluster the %s engine', (engine) => {
  it('is healthy, and runs what is deployed: status, log, and a handler where there is one', async () => {
    const name = `runs-${engine}`;
    expect(await send(engine, 'GET', '/pipelines/-/service-status')).toMatchObject({ code: 200 });
    await send(engine, 'POST', '/pipelines', deployment(name));
    const { runId = '', jobName = '' } = await send(engine, 'POST', at(name, '/run'), {});
    await untilState(engine, name, runId, 'success');
    expect((await product().client.get(JOBS[engine], { namespace, name: jobName })).metadata?.name).toBe(
      jobName,
    );
    const line = `main.py metadata mysql.${name} ${runId}\n`;
    expect(await send(engine, 'GET', at(name, '/logs'))).toEqual({ ingestion_task: line, total: '1' });
    if (engine === 'guaranteed')
      expect(await logOf(product().client, namespace, `${jobName}-exit`)).toBe(
        `handler success ${runId} ${jobName}\n`,
      );
  });

  it('runs another configuration for one run, from a Secret that goes with it', async () => {
    const name = `own-${engine}`;
    await send(engine, 'POST', '/pipelines', deployment(name, { loggerLevel: 'DEBUG' }));
    const { runId = '', jobName } = await send(engine, 'POST', at(name, '/run'), deployment(name));
    await untilState(engine, name, runId, 'success');
    const kind = engine === 'native' ? 'Job' : 'OMJob';
    const { metadata } = await product().client.get(secrets, { namespace, name: jobName ?? '' });
    expect(metadata?.ownerReferences).toMatchObject([{ kind, name: jobName }]);
  });

  it('kills one run and no other, whose pod gets 60 s and its end is reported; then all', async () => {
    const name = `kill-${engine}`;
    await send(engine, 'POST', '/pipelines', deployment(name, { loggerLevel: 'DEBUG' }));
    const [one, other] = [await running(engine, name), await running(engine, name)];
    const pod = await mainPod(engine, one);
    const text = await followed(pod);
    await send(engine, 'POST', at(name, `/runs/${one}/kill`), {});
    if (engine === 'native') {
      expect(pod.spec?.terminationGracePeriodSeconds).toBe(60);
      expect(pod.spec?.containers[0]?.lifecycle?.preStop?.exec?.command).toEqual([
        'python',
        'exit_handler.py',
      ]);
      expect(await text()).toContain(`handler Failed ${one} om-job-${name}-`);
      expect(await stateOf(engine, name, one)).toBeUndefined();
    } else expect(await stateOf(engine, name, one)).toBe('failed');
    expect(await stateOf(engine, name, other)).toBe('running');
    const killed = await send(engine, 'POST', at(name, '/kill'), {});
    expect(killed.reason).toBe(`Killed 1 running job(s) for pipeline ${name}`);
    expect(await stateOf(engine, name, other)).not.toBe('running');
  });

  it('holds a schedule and lets it run, makes a run at its time, and deletes all of it', async () => {
    const name = `cron-${engine}`;
    const airflowConfig = { scheduleInterval: '* * * * *', pipelineTimezone: 'UTC' };
    await send(engine, 'POST', '/pipelines', deployment(name, { airflowConfig, loggerLevel: 'DEBUG' }));
    expect(await schedulesOf(engine, name)).toHaveLength(1);
    for (const enabled of [false, true]) {
      const { reason } = await send(engine, 'POST', at(name, '/toggle'), { enabled });
      expect(reason).toBe(`Pipeline ${enabled ? 'enabled' : 'disabled'}`);
      const { schedule } = await send(engine, 'GET', at(name, ''));
      expect(schedule).toMatchObject({ cron: '* * * * *', timeZone: 'UTC', enabled });
    }
    const scheduled = await eventually(
      async () =>
        (await send(engine, 'GET', at(name, '/status'))).items.find((one) => one.pipelineState === 'running'),
      'a run that the schedule made',
    );
    const logs = at(name, `/logs?runId=${scheduled.runId}`);
    const log = await eventually(async () => {
      const said = (await send(engine, 'GET', logs))['ingestion_task'];
      return typeof said === 'string' && said !== '' ? said : undefined;
    }, 'the log of what the schedule made');
    expect(log).toBe(`main.py metadata mysql.${name} ${scheduled.runId}\n`);
    const deleted = await send(engine, 'DELETE', at(name, ''));
    expect(deleted).toMatchObject({ code: 200, reason: 'Pipeline deleted successfully' });
    let left: string[] = [];
    await eventually(
      async () => {
        left = await leftOf(name);
        return left.length === 0;
      },
      () => `all of the pipeline to be gone; there are ${left.join(', ')}`,
    );
  });

  it('tests a connection, by a run of its own', async () => {
    const body = { name: `connection-${engine}`, workflowType: 'TEST_CONNECTION' };
    const { jobName = '' } = await send(engine, 'POST', '/automations', body);
    expect(jobName).toContain(`om-automation-connection-${engine}-`);
    const isOver = (job: object) => /"Succeeded"|"Complete"/.test(JSON.stringify(job));
    await eventually(
      async () => isOver(await product().client.get(JOBS[engine], { namespace, name: jobName })),
      'the test of the connection to end',
    );
  });

  it('takes the place of the other one, and leaves nothing of it behind', async () => {
    const other: EngineKind = engine === 'native' ? 'guaranteed' : 'native';
    const name = `switch-${engine}`;
    const body = deployment(name, { airflowConfig: { scheduleInterval: '0 0 1 1 *' }, loggerLevel: 'DEBUG' });
    await send(other, 'POST', '/pipelines', body);
    const earlier = await running(other, name);
    expect(await schedulesOf(other, name)).toHaveLength(1);
    await send(engine, 'POST', '/pipelines', body);
    expect([await schedulesOf(other, name), (await schedulesOf(engine, name)).length]).toEqual([[], 1]);
    expect(await stateOf(engine, name, earlier)).toBe('running');
    await send(engine, 'POST', at(name, `/runs/${earlier}/kill`), {});
    expect(await stateOf(engine, name, earlier)).not.toBe('running');
    await send(engine, 'DELETE', at(name, ''));
    await eventually(async () => (await leftOf(name)).length === 0, 'all of the pipeline to be gone');
  });
});
