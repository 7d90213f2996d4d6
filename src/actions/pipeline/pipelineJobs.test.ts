import { describe, expect, it } from 'vitest';
import { PIPELINE_LABEL } from '../../core/naming/pipelineLabels.ts';
import type { OMJob } from '../../core/omjob/omJob.ts';
import { ServerError } from '../../kube/errors.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { FakeApi } from '../testing/fakeApi.ts';
import { jobs, omJobs } from './kinds.ts';
import { isLive, listPipelineJobs, runIdOf, stateOf } from './pipelineJobs.ts';

const SCOPE = { namespace: 'default', labelSelector: 'x=1', engines: ['guaranteed', 'native'] } as const;

function metadata(name: string, minute: number, runId?: string) {
  return {
    name,
    namespace: 'default',
    labels: { x: '1', ...(runId === undefined ? {} : { [PIPELINE_LABEL.runId]: runId }) },
    creationTimestamp: new Date(minute * 60_000).toISOString(),
  };
}

function omJob(name: string, minute: number, status?: OMJob['status'], runId?: string): OMJob {
  const spec = { mainPodSpec: { image: 'a' } };
  const job = {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: metadata(name, minute, runId),
    spec,
  } as const;
  return status === undefined ? job : { ...job, status };
}

describe('listPipelineJobs', () => {
  it('finds the runs of both engines, the youngest first', async () => {
    const api = new FakeApi(virtualClock());
    api.cluster.put(omJobs, omJob('first', 1));
    api.cluster.put(jobs, { metadata: metadata('second', 2) });
    api.cluster.put(omJobs, omJob('third', 3));
    const found = await listPipelineJobs(api.client(), SCOPE);
    expect(found.map(({ object }) => object.metadata?.name)).toEqual(['third', 'second', 'first']);
  });

  it('takes no error of the API for a pipeline without runs', async () => {
    const client = new FakeApi(virtualClock()).client();
    const away = async () => {
      throw new ServerError({ message: 'listing omjobs: 500', status: 500 });
    };
    const work = listPipelineJobs({ ...client, list: away, listAll: away }, SCOPE);
    await expect(work).rejects.toThrow('listing omjobs: 500');
  });
});

describe('runIdOf', () => {
  it('is the label, and the name of what nobody gave one', () => {
    expect(runIdOf({ engine: 'guaranteed', object: omJob('a', 1, undefined, 'a1b2') })).toBe('a1b2');
    expect(runIdOf({ engine: 'native', object: { metadata: metadata('a', 1) } })).toBe('a');
  });

  it('is the UID of a Job that a CronJob made, which is what its pods report by', () => {
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'a', uid: 'of-the-cron-job' };
    const made = { ...metadata('a-1', 1), uid: 'of-the-job', ownerReferences: [owner] };
    expect(runIdOf({ engine: 'native', object: { metadata: made } })).toBe('of-the-job');
  });
});

describe('stateOf', () => {
  it.each([
    [undefined, 'Unknown', true],
    ['Pending', 'Pending', true],
    ['Running', 'Running', true],
    ['ExitHandlerRunning', 'Running', true],
    ['Succeeded', 'Succeeded', false],
    ['Failed', 'Failed', false],
  ] as const)('of an OMJob that OpenMetadata’s operator left in phase %s is %s', (phase, state, live) => {
    const job = { engine: 'guaranteed', object: omJob('a', 1, phase && { phase }) } as const;
    expect([stateOf(job), isLive(job)]).toEqual([state, live]);
  });
});
