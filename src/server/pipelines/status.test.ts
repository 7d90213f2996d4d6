import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../actions/pipeline/kinds.ts';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { pipelineLabels } from '../../core/naming/pipelineLabels.ts';
import { readPipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { events } from '../../kube/resources.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import type { Right } from '../access/right.ts';
import type { Api } from '../http/api.ts';
import { runStatuses } from './status.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const fqn = 'mysql.nightly';
const name = 'om-job-nightly-0a1b2c3d-5c1f2f0e';
const caller = { username: 'ada', groups: [] };
const { signal } = new AbortController();

/** The status of one native run that ended so, whose pod's hook failed. */
async function statusOf(status: Job['status'], denied: readonly string[] = []) {
  const { cluster } = new FakeApi(virtualClock(START));
  const labels = pipelineLabels({ kind: 'pipeline', fqn, pipelineType: 'metadata' }, '5c1f2f0e');
  cluster.put(jobs, {
    metadata: { name, namespace: 'om', labels, creationTimestamp: new Date(START).toISOString() },
    status: status ?? {},
  });
  cluster.put(events, {
    metadata: { name: 'e', namespace: 'om' },
    involvedObject: { kind: 'Pod', name: `${name}-abcde` },
    reason: 'FailedPreStopHook',
    message: 'PreStopHook failed',
    lastTimestamp: new Date(START + 5_000).toISOString(),
  });
  const allows = async (_caller: unknown, { verb, resource }: Right) =>
    !denied.includes(`${verb} ${resource}`);
  const settings = readPipelineSettings({ namespace: 'om', useOMJobOperator: false });
  const api = { client: cluster.client(), access: { allows }, pipelines: { settings } } as unknown as Api;
  const [only] = await runStatuses(api, { fqn, namespace: undefined, caller, signal });
  return only;
}

describe('runStatuses', () => {
  const failed = [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'too long' }];

  it('says of a native run whose preStop hook failed that its end may not have been told, and how it ended', async () => {
    expect(await statusOf({ conditions: failed })).toMatchObject({
      pipelineState: 'failed',
      reason: 'PreStopFailed',
      message: `the preStop hook of pod ${name}-abcde failed: PreStopHook failed; OpenMetadata may not have been told how this run ended (DeadlineExceeded: too long)`,
    });
  });

  it('says nothing of a hook where the run succeeded after all', async () => {
    const status = await statusOf({ conditions: [{ type: 'Complete', status: 'True' }] });
    expect(status).toMatchObject({ pipelineState: 'success' });
    expect(status).not.toHaveProperty('reason');
  });

  it('keeps to what the Job says for a caller who may not read Events', async () => {
    expect(await statusOf({ conditions: failed }, ['list events'])).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'too long',
    });
  });
});
