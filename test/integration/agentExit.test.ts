import { describe, expect, it } from 'vitest';
import { endwell } from '../support/endwell.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { BOT_TOKEN, type OpenMetadata, startOpenMetadata } from '../support/openMetadata.ts';

const openMetadata = forThisFile<OpenMetadata>(() => startOpenMetadata());

/** Runs the handler as a pod would, where no cluster can be asked; resolves with its exit code and all that it printed. */
async function handle(runId: string, change: Record<string, string> = {}) {
  const config = JSON.stringify({
    workflowConfig: {
      openMetadataServerConfig: { hostPort: openMetadata().url, securityConfig: { jwtToken: BOT_TOKEN } },
    },
    ingestionPipelineFQN: 'shop.ingest',
  });
  const env = {
    PATH: process.env['PATH'],
    KUBECONFIG: '/nowhere/kubeconfig',
    config,
    pipelineRunId: runId,
    pipelineStatus: 'failed',
    ...change,
  };
  try {
    const { stdout, stderr } = await endwell(['agent', 'exit'], env);
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

describe('endwell agent exit', () => {
  it('stores the end of a run, and repeats it without harm', async () => {
    const om = openMetadata();
    expect(await handle('r1')).toEqual({ code: 0, said: 'run r1 of pipeline shop.ingest is now failed\n' });
    const first = om.statuses.get('r1');
    expect(first).toMatchObject({ runId: 'r1', pipelineState: 'failed' });
    expect(first?.status?.[0]?.failures?.[0]?.stackTrace).toMatch(/^Pod: not read: /);
    expect(await handle('r1', { pipelineStatus: 'success' })).toEqual({
      code: 0,
      said: 'run r1 of pipeline shop.ingest is failed already\n',
    });
    expect(om.statuses.get('r1')).toBe(first);
  });

  it('stores it after the server was overloaded', async () => {
    const om = openMetadata();
    let refusals = 2;
    om.answer = ({ method }) => {
      if (method !== 'PUT' || refusals === 0) return undefined;
      refusals -= 1;
      return { status: 503, body: `busy; you sent ${BOT_TOKEN}` };
    };
    const { code, said } = await handle('r2', { pipelineStatus: 'success' });
    om.answer = () => undefined;
    expect([code, om.statuses.get('r2')?.pipelineState]).toEqual([0, 'success']);
    expect(said).toMatch(/answered 503: busy.*; trying again/);
    expect(said).not.toContain(BOT_TOKEN);
  });

  it('ends with 1 when the server refuses it, and with 2 when something is missing', async () => {
    const config = `workflowConfig: {openMetadataServerConfig: {hostPort: '${openMetadata().url}', securityConfig: {jwtToken: old}}}
ingestionPipelineFQN: shop.ingest`;
    expect(await handle('r3', { config })).toEqual({
      code: 1,
      said: expect.stringMatching(
        /^reading the status of the run: the server answered 401: .*deploy the pipeline again/,
      ),
    });
    expect(await handle('', {})).toEqual({
      code: 2,
      said: 'nothing is reported: pipelineRunId is missing\n',
    });
  });
});
