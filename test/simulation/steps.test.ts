import { describe, expect, it } from 'vitest';
import type { TransportRequest } from '../../src/kube/transport/transport.ts';
import { stepOf } from './steps.ts';

function request(method: TransportRequest['method'], path: string, body: object = {}): TransportRequest {
  return { method, path, headers: {}, lane: 'read', body: JSON.stringify(body) };
}

const PODS = '/api/v1/namespaces/jobs/pods';
const RUN = '/apis/endwell.dev/v1/namespaces/jobs/runs/a';
const OMJOB = '/apis/pipelines.openmetadata.org/v1/namespaces/jobs/omjobs/a';
const BATCH = '/api/v1/namespaces/endwell-system/configmaps/endwell-admission';
const stage = (name: string) => ({ metadata: { labels: { 'endwell.dev/stage': name } } });
const removal = (path: string) => [{ op: 'remove', path: `${path}/0` }];

describe('stepOf', () => {
  it.each([
    ['gated pod', request('POST', `${PODS}?fieldManager=x`, stage('main'))],
    ['exit pod', request('POST', PODS, stage('exit'))],
    ['admission batch', request('PUT', BATCH)],
    ['status admitted', request('PUT', `${RUN}/status`, { status: { phase: 'Pending' } })],
    ['status running', request('PUT', `${RUN}/status?x=1`, { status: { phase: 'Running' } })],
    ['status exiting', request('PUT', `${RUN}/status`, { status: { phase: 'Exiting' } })],
    ['status terminal', request('PUT', `${RUN}/status`, { status: { phase: 'Cancelled' } })],
    ['status running', request('PUT', `${OMJOB}/status`, { status: { endwell: { phase: 'Running' } } })],
    ['slot run', request('POST', '/apis/endwell.dev/v1/namespaces/jobs/runs?fieldManager=x')],
    ['slot record', request('PATCH', '/apis/endwell.dev/v1/namespaces/jobs/schedules/a/status')],
    ['ungate', request('PATCH', `${PODS}/a-m1`, removal('/spec/schedulingGates'))],
    ['pod let go', request('PATCH', `${PODS}/a-m1`, removal('/metadata/finalizers'))],
    ['run let go', request('PATCH', RUN, removal('/metadata/finalizers'))],
  ])('knows %s', (step, given) => {
    expect(stepOf(given)).toBe(step);
  });

  it.each([
    ['a dry run', request('POST', `${PODS}?dryRun=All`, stage('main'))],
    ['a status that only waits', request('PUT', `${RUN}/status`, { status: { phase: 'Queued' } })],
    ['a deletion', request('DELETE', `${PODS}/a-m1`)],
    ['a read', request('GET', `${PODS}/a-m1`)],
  ])('takes %s for none', (_what, given) => {
    expect(stepOf(given)).toBeUndefined();
  });
});
