import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECT_ROOTS, dialectRoutes } from '../../../src/server/airflow/dialect.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeIngestion } from './fakeIngestion.ts';
import { TOKEN, useServer } from './serverUnderTest.ts';

/** What test/services/airflowRoutes.py reads out of the package. */
interface RecordedRoute {
  readonly name: string;
  readonly method: string;
  readonly open: boolean;
  readonly answers: readonly string[];
}

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'airflow', 'routes.json');
const recorded = JSON.parse(readFileSync(fixture, 'utf8')) as RecordedRoute[];
const ingestion = fakeIngestion();
const server = useServer('with operator', {
  ...ingestion.settings,
  namespace: 'default',
  ingestionImage: 'registry.example/openmetadata/ingestion:1.9.3',
});
const basic = { authorization: `Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}` };
const [root = ''] = DIALECT_ROOTS;

/** Stands for OpenMetadata's API, which alone knows the connection of a service. */
let openMetadata: Server;
let seen: string[] = [];

beforeAll(async () => {
  openMetadata = createServer((request, response) => {
    seen.push(`${request.headers.authorization ?? ''} ${request.url ?? ''}`);
    const known = request.url === '/api/v1/services/databaseServices/name/mysql';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    const connection = { config: { type: 'Mysql', authType: { password: 'p4ss' } } };
    response.end(JSON.stringify({ name: 'mysql', serviceType: 'Mysql', connection }));
  });
  await new Promise<void>((resolve) => openMetadata.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => openMetadata.close(resolve));
  rmSync(ingestion.folder, { recursive: true, force: true });
});

async function call(
  method: string,
  operation: string,
  body?: object,
  headers: Record<string, string> = basic,
) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await server().send(method, `${root}/${operation}`, text, headers);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

function pipeline(name: string, service = 'mysql') {
  const { port } = openMetadata.address() as AddressInfo;
  return {
    name,
    fullyQualifiedName: `${service}.${name}`,
    pipelineType: 'metadata',
    service: { type: 'databaseService', name: service, fullyQualifiedName: service },
    sourceConfig: { config: { type: 'DatabaseMetadata' } },
    airflowConfig: {},
    openMetadataServerConnection: {
      hostPort: `http://127.0.0.1:${port}/api`,
      securityConfig: { jwtToken: 'bots-token' },
    },
  };
}

function keysOf(name: string): readonly string[] {
  return recorded.find((route) => route.name === name)?.answers ?? [];
}

describe('the dialect of openmetadata-managed-apis', () => {
  it('has the operations of the package, no more and no less', () => {
    const ours = dialectRoutes.map(({ name, method, isOpen = false }) => ({ name, method, open: isOpen }));
    const theirs = recorded.map(({ name, method, open }) => ({ name, method, open }));
    expect(ours.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(theirs);
  });

  it.each(DIALECT_ROOTS)('is served below %s; only the health is for everybody', async (place) => {
    for (const { name, method, open } of recorded) {
      const answer = await server().send(method, `${place}/${name}`, undefined, { authorization: '' });
      expect([name, answer.status]).toEqual([name, open ? 200 : 401]);
    }
  });

  it('knows a caller by Basic and by Bearer, and says which version the image is of', async () => {
    for (const headers of [basic, { authorization: `Bearer ${TOKEN}` }]) {
      const { status, body } = await call('GET', 'health-auth', undefined, headers);
      expect([status, body]).toEqual([200, { status: 'healthy', version: '1.9.3' }]);
    }
    const wrong = { authorization: `Basic ${Buffer.from('admin:guess').toString('base64')}` };
    expect((await call('GET', 'health-auth', undefined, wrong)).status).toBe(401);
    expect(Object.keys((await call('GET', 'csrf-token')).body).toSorted()).toEqual(keysOf('csrf-token'));
    expect(Object.keys((await call('GET', 'ip')).body)).toEqual(keysOf('ip'));
  });

  it('deploys, runs, shows and deletes a pipeline, with the service that OpenMetadata gives', async () => {
    seen = [];
    const deployed = await call('POST', 'deploy', pipeline('hourly load'));
    expect([deployed.status, Object.keys(deployed.body)]).toEqual([200, keysOf('deploy')]);
    expect(seen).toEqual(['Bearer bots-token /api/v1/services/databaseServices/name/mysql']);
    const body = { dag_id: 'hourly load' };
    for (const operation of ['disable', 'enable', 'trigger']) {
      const answer = await call('POST', operation, body);
      expect([operation, answer.status, Object.keys(answer.body)]).toEqual([
        operation,
        200,
        keysOf(operation),
      ]);
    }
    const query = 'dag_id=hourly%20load';
    const [run] = await eventually(async () => {
      const runs = (await call('GET', `status?${query}`)).body as unknown as Record<string, unknown>[];
      return runs[0]?.['pipelineState'] === 'success' ? runs : undefined;
    }, 'the run to succeed');
    expect(Object.keys(run ?? {})).toEqual(['runId', 'pipelineState', 'startDate', 'endDate', 'timestamp']);
    expect((await call('GET', `status?${query}&only_queued=true`)).body).toEqual([]);
    const log = await call('GET', `last_dag_logs?${query}&task_id=ingestion_task`);
    expect(log.body).toEqual({ ingestion_task: expect.stringContaining('main.py metadata'), total: 1 });
    expect(readFileSync(join(ingestion.folder, 'config'), 'utf8')).toContain('p4ss');
    expect((await call('POST', 'kill', body)).status).toBe(404);
    const deleted = await call('DELETE', `delete?${query}`);
    expect([deleted.status, deleted.body]).toEqual([200, { message: 'DAG [hourly_load] has been deleted' }]);
    expect((await call('POST', 'trigger', body)).body).toEqual({ error: 'DAG hourly_load not found.' });
  });

  it('ends what runs', async () => {
    const file = join(ingestion.folder, 'hold');
    writeFileSync(file, '');
    try {
      await call('POST', 'deploy', pipeline('held'));
      await call('POST', 'trigger', { dag_id: 'held' });
      await eventually(async () => {
        const runs = (await call('GET', 'status?dag_id=held')).body as unknown as Record<string, unknown>[];
        return runs[0]?.['pipelineState'] === 'running' ? true : undefined;
      }, 'the run to run');
      const killed = await call('POST', 'kill', { dag_id: 'held' });
      expect([killed.status, killed.body]).toEqual([200, { message: 'Workflow [held] has been killed' }]);
      expect((await call('GET', 'status?dag_id=held')).body).toMatchObject([{ pipelineState: 'failed' }]);
    } finally {
      rmSync(file, { force: true });
    }
  });

  it('refuses a second pipeline of a name: no later request could tell them apart', async () => {
    expect((await call('POST', 'deploy', pipeline('twin'))).status).toBe(200);
    const other = { ...pipeline('twin', 'pg'), service: undefined, pipelineType: 'TestSuite' };
    const refused = await call('POST', 'deploy', other);
    expect([refused.status, refused.body['error']]).toEqual([400, expect.stringContaining('mysql.twin')]);
  });

  it('says what is missing in a request, and what OpenMetadata refused', async () => {
    for (const [method, operation] of [
      ['POST', 'trigger'],
      ['DELETE', 'delete'],
      ['GET', 'status'],
    ] as const) {
      const answer = await call(method, operation, method === 'POST' ? {} : undefined);
      expect([answer.status, answer.body]).toEqual([
        400,
        { error: 'Missing required request argument: dag_id' },
      ]);
    }
    const unknown = await call('POST', 'deploy', pipeline('stray', 'oracle'));
    expect([unknown.status, unknown.body['error']]).toEqual([400, expect.stringContaining('status 404')]);
  });

  it('runs a test of a connection', async () => {
    const answer = await call('POST', 'run_automation', {
      name: 'test-connection',
      workflowType: 'TEST_CONNECTION',
    });
    expect(answer.body).toEqual({ message: 'Workflow [test-connection] has been triggered.' });
  });
});
