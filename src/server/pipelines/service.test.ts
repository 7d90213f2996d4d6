import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { readPipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { ForbiddenError, NotFoundError, ServerError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import type { Api } from '../http/api.ts';
import { serviceStatus } from './service.ts';

const settings = readPipelineSettings({
  namespace: 'data',
  serviceAccountName: 'runner',
  useOMJobOperator: true,
});

/** What the service says of itself where the cluster answers so. */
function statusWhere(answers: { namespace?: Error; version?: unknown; omJobs?: Error }) {
  const clock = virtualClock();
  const refuse = (error: Error | undefined) => async () => {
    if (error !== undefined) throw error;
    return { metadata: {}, items: [] };
  };
  const client = {
    ...new FakeApi(clock).client(),
    get: refuse(answers.namespace),
    list: refuse(answers.omJobs),
    raw: async () => answers.version ?? { gitVersion: 'v1.36.0', aFieldOfTomorrow: {} },
  } as unknown as KubeClient;
  const api = { client, clock, random: () => 0.5, access: { allows: async () => true } } as unknown as Api;
  const caller = { username: 'ann', groups: [] };
  return settledWithin(clock, 120_000, serviceStatus(api, settings, caller, new AbortController().signal));
}

describe('serviceStatus', () => {
  it('is well with a version of Kubernetes that says more than we know', async () => {
    expect(await statusWhere({})).toMatchObject({ code: 200, version: 'v1.36.0' });
    expect(await statusWhere({ version: {} })).toMatchObject({ code: 200, version: 'kubernetes' });
  });

  it('takes no offence at a namespace that it may not look at, and names one that is not there', async () => {
    const forbidden = new ForbiddenError({ message: 'reading namespace: forbidden', status: 403 });
    expect(await statusWhere({ namespace: forbidden })).toMatchObject({ code: 200 });
    const missing = new NotFoundError({ message: 'reading namespace: not found', status: 404 });
    expect(await statusWhere({ namespace: missing })).toMatchObject({
      code: 500,
      reason: expect.stringContaining('kubectl create namespace data'),
    });
  });

  it('is not well where the cluster can not list what runs jobs, with the cause', async () => {
    const omJobs = new ServerError({ message: 'listing omjobs: 500', status: 500 });
    expect(await statusWhere({ omJobs })).toMatchObject({
      code: 500,
      reason:
        'Failed to connect to Kubernetes API (namespace: data, service account: runner): listing omjobs: 500',
    });
  });
});
