import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pods } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { BOT_TOKEN, type OpenMetadata, startOpenMetadata } from '../support/openMetadata.ts';
import { condition, createRun, endedRun, useProduct } from '../support/product.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'endwell.js');
const PIPELINE = 'shop.ingest';
/** Python reads half a gigabyte of packages first; a busy machine takes a minute for that. */
const PATIENCE_MS = 300_000;
const product = useProduct();
const openMetadata = forThisFile<OpenMetadata>(async () => {
  const standIn = await startOpenMetadata(installedVersion());
  standIn.pipelines.set(PIPELINE, {
    id: '7a7c6c5e-6d3f-4f4e-9b8a-1f2e3d4c5b6a',
    name: 'ingest',
    fullyQualifiedName: PIPELINE,
    pipelineType: 'metadata',
    sourceConfig: { config: { type: 'DatabaseMetadata' } },
    airflowConfig: {},
  });
  return standIn;
});
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-ingestion-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The client refuses a server of another version. */
function installedVersion(): string {
  const [, version = ''] =
    /(\d+\.\d+\.\d+)/.exec(execFileSync('metadata', ['--version'], { encoding: 'utf8' })) ?? [];
  return version;
}

function workflow(name: string, runId: string): string {
  return `
source:
  type: custom-database
  serviceName: shop
  serviceConnection:
    config: { type: CustomDatabase, sourcePythonClass: endless_source.Endless }
  sourceConfig:
    config: { type: DatabaseMetadata }
sink:
  type: file
  config: { filename: '${join(folder, `${name}.json`)}' }
workflowConfig:
  openMetadataServerConfig:
    hostPort: ${openMetadata().url}
    authProvider: openmetadata
    securityConfig: { jwtToken: ${BOT_TOKEN} }
ingestionPipelineFQN: ${PIPELINE}
pipelineRunId: ${runId}
`;
}

/** Starts a real ingestion as a run whose handler is ours; resolves once it has read something and says that it runs. */
async function startIngestion(name: string, runId: string): Promise<{ namespace: string; pid: number }> {
  const namespace = await product().namespace();
  const config = workflow(name, runId);
  const [file, pidFile] = [join(folder, `${name}.yaml`), join(folder, `${name}.pid`)];
  await writeFile(file, config);
  const env = Object.entries({
    PATH: process.env['PATH'] ?? '',
    PYTHONPATH: join(import.meta.dirname, 'fixtures'),
    KUBECONFIG: product().kubeconfig,
    config,
    pipelineRunId: runId,
    namespace,
  }).map(([key, value]) => ({ name: key, value }));
  const image = 'openmetadata/ingestion';
  // Kubernetes makes one $ of two.
  const main = ['/bin/sh', '-c', `echo $$$$ > ${pidFile}; exec metadata ingest -c ${file}`];
  const exit = [process.execPath, PROGRAM, 'agent', 'exit'];
  await createRun(product().client, namespace, name, {
    profile: 'ingestion',
    main: { spec: { containers: [{ name: 'main', image, command: main, env }] } },
    exitHandler: { spec: { containers: [{ name: 'main', image, command: exit, env }] } },
  });
  await eventually(
    async () =>
      openMetadata().statuses.get(runId)?.pipelineState === 'running' &&
      (await readFile(join(folder, `${name}.json`), 'utf8').catch(() => '')).includes('db5'),
    () =>
      `the ingestion ${name} is at work; the server was asked ${JSON.stringify(openMetadata().seen.slice(-5))}`,
    PATIENCE_MS,
  );
  return { namespace, pid: Number(await readFile(pidFile, 'utf8')) };
}

describe('endwell agent exit, after a real ingestion that was ended in the middle', () => {
  it('reports one that was killed as failed, with its exit code and its last lines', async () => {
    const runId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const { namespace, pid } = await startIngestion('killed', runId);
    process.kill(pid, 'SIGKILL');
    const run = await endedRun(product().client, namespace, 'killed');
    expect([run.status?.phase, condition(run, 'ExitHandled')]).toEqual([
      'Failed',
      expect.stringMatching(/^True/),
    ]);
    const status = openMetadata().statuses.get(runId);
    expect(status?.pipelineState).toBe('failed');
    const text =
      status?.status?.find(({ name }) => name === 'Pod Diagnostics')?.failures?.[0]?.stackTrace ?? '';
    expect(text).toMatch(/main: terminated, exit code 137/);
    expect(text).toMatch(/database \d+ read/);
    expect(text).not.toContain(BOT_TOKEN);
  });

  it('reports one whose pod somebody deleted as failed', async () => {
    const runId = '1f8fad5b-d9cb-469f-a165-70867728950e';
    const { namespace } = await startIngestion('deleted', runId);
    await product().client.delete(pods, { namespace, name: 'deleted-m1' });
    const run = await endedRun(product().client, namespace, 'deleted');
    expect([run.status?.main?.reason, condition(run, 'ExitHandled')]).toEqual([
      'PodDeleted',
      expect.stringMatching(/^True/),
    ]);
    expect(openMetadata().statuses.get(runId)?.pipelineState).toBe('failed');
  });
});
