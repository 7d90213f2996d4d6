import { describe, expect, it } from 'vitest';
import { cronOMJobs, omJobs, runs, schedules } from '../../../src/actions/resources.ts';
import type { ScheduleSpec } from '../../../src/core/schedule/schedule.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');

async function makeSchedule(change: Partial<ScheduleSpec> = {}): Promise<string> {
  const namespace = await server().namespace();
  const { spec: run } = shellRun('x', 'true');
  const spec = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', run: { spec: run }, ...change };
  const metadata = { namespace, name: 'nightly' };
  await server().client.create(schedules, { apiVersion: 'endwell.dev/v1', kind: 'Schedule', metadata, spec });
  await eventually(async () => {
    const { status } = await server().client.get(schedules, { namespace, name: 'nightly' });
    return status === undefined ? undefined : true;
  }, 'the operator to know the schedule');
  return namespace;
}

const params = { name: 'nightly' };

describe('GET /schedules', () => {
  it('lists those of a namespace with their next slot, and pages', async () => {
    const namespace = await makeSchedule();
    const { body } = await server().api.call('listSchedules', { query: { namespace } });
    expect(body.nextCursor).toBeNull();
    expect(body.items).toMatchObject([
      {
        kind: 'Schedule',
        name: 'nightly',
        cron: ['30 2 * * *'],
        timeZone: 'Europe/Berlin',
        suspended: false,
        problem: null,
      },
    ]);
    expect(Date.parse(body.items[0]?.nextSlot ?? '')).toBeGreaterThan(Date.now());
  });

  it('says what is wrong with one that is not valid', async () => {
    const namespace = await makeSchedule({ timeZone: 'Mars/Base' });
    const { body } = await server().api.call('listSchedules', { query: { namespace } });
    expect(body.items).toMatchObject([{ problem: expect.stringMatching(/Mars/) as string, nextSlot: null }]);
    const answer = await server().send('GET', `/api/v1/schedules/nightly/preview?namespace=${namespace}`);
    expect(answer.status).toBe(422);
  });

  it('needs the right to list them', async () => {
    const { cluster, send, namespace } = server();
    const where = await namespace();
    cluster.denied.add('list schedules');
    const answer = await send('GET', `/api/v1/schedules?namespace=${where}`);
    cluster.denied.delete('list schedules');
    expect(answer.status).toBe(403);
  });
});

describe('a schedule that the API server itself refuses', () => {
  it.each([
    ['an expression that has no five fields', { cron: 'every day' }],
    ['a zone that can be none', { timeZone: '+02:00' }],
    ['an overlap that is none', { overlap: 'Maybe' as 'Allow' }],
  ])('has %s', async (_what, change) => {
    await expect(makeSchedule(change)).rejects.toThrow(/Invalid|invalid/);
  });
});

describe('GET /schedules/{name}/preview', () => {
  it('gives the next 30 slots, and marks those of a year that daylight saving moves', async () => {
    const namespace = await makeSchedule();
    const thirty = await server().api.call('previewSchedule', { params, query: { namespace } });
    expect(thirty.body.slots).toHaveLength(30);
    const year = await server().api.call('previewSchedule', { params, query: { namespace, count: 366 } });
    const shifted = year.body.slots.filter(({ shift }) => shift !== undefined);
    expect(new Set(shifted.map(({ shift }) => shift))).toEqual(new Set(['doubled', 'skipped']));
    expect(shifted.find(({ shift }) => shift === 'skipped')).toMatchObject({
      asked: expect.stringMatching(/T02:30$/) as string,
      local: expect.stringMatching(/T03:00$/) as string,
    });
  });

  it('answers 404 for a schedule that does not exist, with its kind and where it was looked for', async () => {
    const { send, namespace } = server();
    const where = await namespace();
    for (const [method, verb, kind] of [
      ['GET', 'preview', 'Schedule'],
      ['POST', 'suspend', 'CronOMJob'],
    ] as const) {
      const answer = await send(method, `/api/v1/schedules/none/${verb}?namespace=${where}&kind=${kind}`);
      const { detail } = (await answer.json()) as { detail: string };
      expect([answer.status, detail]).toEqual([404, `${kind} none does not exist in namespace ${where}`]);
    }
  });
});

describe('POST /schedules/{name}/trigger', () => {
  it('makes a run of the schedule at once, also of one that is suspended, and once for a key', async () => {
    const namespace = await makeSchedule({ suspend: true });
    const headers = { 'idempotency-key': 'a' };
    const { status, body } = await server().api.call('triggerSchedule', {
      params,
      query: { namespace },
      headers,
    });
    expect(status).toBe(201);
    const run = await server().client.get(runs, { namespace, name: body.name });
    expect(run.metadata.ownerReferences).toMatchObject([{ kind: 'Schedule', name: 'nightly' }]);
    const again = server().api.call('triggerSchedule', { params, query: { namespace }, headers });
    await expect(again).rejects.toThrow(/already/);
  });

  it('needs the rights of whoever makes the run by hand', async () => {
    const namespace = await makeSchedule();
    const { cluster, send } = server();
    cluster.denied.add('create pods');
    const answer = await send('POST', `/api/v1/schedules/nightly/trigger?namespace=${namespace}`);
    cluster.denied.delete('create pods');
    expect(answer.status).toBe(403);
  });

  it('makes an OMJob of a CronOMJob', async () => {
    const namespace = await server().namespace();
    const apiVersion = 'pipelines.openmetadata.org/v1';
    await server().client.create(cronOMJobs, {
      apiVersion,
      kind: 'CronOMJob',
      metadata: { namespace, name: 'nightly' },
      spec: { schedule: '0 3 * * *', omJobSpec: { mainPodSpec: { image: 'host', command: ['true'] } } },
    });
    const query = { namespace, kind: 'CronOMJob' } as const;
    const { body } = await server().api.call('triggerSchedule', { params, query });
    const job = await server().client.get(omJobs, { namespace, name: body.name });
    expect(job.metadata.ownerReferences).toMatchObject([{ kind: 'CronOMJob', name: 'nightly' }]);
    const listed = await server().api.call('listSchedules', { query });
    expect(listed.body.items).toMatchObject([{ kind: 'CronOMJob', cron: ['0 3 * * *'], timeZone: 'UTC' }]);
  });
});

describe('POST /schedules/{name}/suspend and resume', () => {
  it('set a state, and setting it twice changes nothing', async () => {
    const namespace = await makeSchedule();
    const { api } = server();
    for (const route of ['suspendSchedule', 'suspendSchedule'] as const) {
      const { body } = await api.call(route, { params, query: { namespace } });
      expect(body).toMatchObject({ suspended: true, nextSlot: null });
    }
    const { body } = await api.call('resumeSchedule', { params, query: { namespace } });
    expect(body.suspended).toBe(false);
  });
});
