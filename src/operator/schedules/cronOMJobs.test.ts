import { describe, expect, it } from 'vitest';
import { cronOMJobs, omJobs } from '../../actions/resources.ts';
import type { OMJob } from '../../core/omjob/omJob.ts';
import type { CronOMJob, CronOMJobSpec } from '../../core/schedule/cronOMJob.ts';
import { OperatorWorld } from '../testing/operatorWorld.ts';

const at = (text: string) => Date.parse(`2026-01-01T${text}Z`);
const nameAt = (text: string, name = 'om-cronomjob-a') => `${name}-${at(text) / 1000}`;

const POD = {
  image: 'ingestion:1',
  serviceAccountName: 'openmetadata-ingestion',
  command: ['true'],
  env: [
    { name: 'config', valueFrom: { secretKeyRef: { name: 'om-secret-a', key: 'config' } } },
    { name: 'pipelineRunId', value: '{{ omjob.uid }}' },
    { name: 'jobName', value: '{{ omjob.name }}' },
  ],
  tolerations: [{ key: 'a', operator: 'Exists' }],
  aFieldOfTomorrow: { kept: true },
};

class CronWorld extends OperatorWorld {
  declare(spec: Partial<CronOMJobSpec> = {}, status?: CronOMJob['status']): void {
    const metadata = {
      name: 'om-cronomjob-a',
      namespace: 'default',
      generation: 1,
      creationTimestamp: new Date(this.clock.now()).toISOString(),
      labels: { 'app.kubernetes.io/pipeline': 'a' },
      annotations: { note: 'mine', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    };
    const omJobSpec = { mainPodSpec: POD, exitHandlerSpec: POD, ttlSecondsAfterFinished: 0 };
    this.api.cluster.put(cronOMJobs, {
      apiVersion: 'pipelines.openmetadata.org/v1',
      kind: 'CronOMJob',
      metadata,
      spec: { schedule: '*/10 * * * *', timeZone: 'UTC', omJobSpec, ...spec },
      ...(status === undefined ? {} : { status }),
    });
  }

  cron(): CronOMJob | undefined {
    return this.api.cluster.objects(cronOMJobs)[0];
  }

  jobs(): OMJob[] {
    return this.api.cluster.objects(omJobs);
  }

  names(): string[] {
    return this.jobs()
      .map(({ metadata }) => metadata.name ?? '')
      .sort();
  }

  async goTo(text: string): Promise<void> {
    while (this.clock.now() < at(text)) {
      await this.clock.advance(Math.min(1_000, at(text) - this.clock.now()));
      this.api.turn();
    }
  }
}

async function world(spec: Partial<CronOMJobSpec> = {}): Promise<CronWorld> {
  const made = new CronWorld();
  made.operator();
  await made.goTo('00:03:00');
  made.declare(spec);
  return made;
}

describe('a CronOMJob', () => {
  it('makes at each slot an OMJob that it owns, with one run id in label, main and handler', async () => {
    const w = await world();
    await w.goTo('00:10:01');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
    const [job] = w.jobs();
    const runId = job?.metadata.labels?.['app.kubernetes.io/run-id'];
    expect(runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(job?.metadata).toMatchObject({
      labels: { 'app.kubernetes.io/pipeline': 'a' },
      annotations: { note: 'mine', 'endwell.dev/slot': '2026-01-01T00:10:00Z' },
      ownerReferences: [{ kind: 'CronOMJob', name: 'om-cronomjob-a', controller: true }],
    });
    expect(Object.keys(job?.metadata.annotations ?? {})).not.toContain(
      'kubectl.kubernetes.io/last-applied-configuration',
    );
    const env = [
      POD.env[0],
      { name: 'pipelineRunId', value: runId },
      { name: 'jobName', value: nameAt('00:10:00') },
    ];
    expect(job?.spec).toEqual({
      mainPodSpec: { ...POD, env },
      exitHandlerSpec: { ...POD, env },
      ttlSecondsAfterFinished: 0,
    });
    expect(w.cron()?.status).toMatchObject({
      lastScheduleTime: '2026-01-01T00:10:00Z',
      lastOMJobName: nameAt('00:10:00'),
      message: 'Created OMJob',
    });
  });

  it('keeps as many ended ones as it is told to, and takes the others away', async () => {
    const w = await world({ successfulJobsHistoryLimit: 1 });
    await w.goTo('00:35:00');
    expect(w.names()).toEqual([nameAt('00:30:00')]);
  });

  it('lets no second one start beside one that is alive', async () => {
    const w = await world();
    w.api.script = () => undefined;
    await w.goTo('00:21:00');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
    expect(w.cron()?.status?.message).toMatch(/^Skipped: .*has not ended/);
  });

  it.each([
    [0, []],
    [3_600, ['00:30:00']],
  ])(
    'with startingDeadlineSeconds %d makes up of what nobody saw: %j',
    async (startingDeadlineSeconds, slots) => {
      const w = new CronWorld();
      await w.clock.advance(180_000);
      w.declare({ startingDeadlineSeconds });
      await w.clock.advance(at('00:36:00') - w.clock.now());
      w.operator();
      await w.goTo('00:37:00');
      expect(w.names()).toEqual(slots.map((slot) => nameAt(slot)));
    },
  );

  it('fires on time with startingDeadlineSeconds 0', async () => {
    const w = await world({ startingDeadlineSeconds: 0 });
    await w.goTo('00:10:01');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
  });

  it('that another operator left goes on from its last time, and makes no earlier one again', async () => {
    const w = new CronWorld();
    w.operator();
    await w.goTo('00:25:00');
    w.declare({}, { lastScheduleTime: '2026-01-01T00:20:00Z' });
    await w.goTo('00:31:00');
    expect(w.names()).toEqual([nameAt('00:30:00')]);
  });

  it.each([
    [{ schedule: 'daily' }, /^Reconciliation error: spec.schedule "daily" is no cron/],
    [{ schedule: ' ' }, /^Reconciliation error: spec.schedule /],
    [{ timeZone: 'Mars/Base' }, /^Reconciliation error: spec.timeZone /],
    [{ suspend: true }, /^Suspended$/],
  ])('that is %j makes nothing, and its message says why', async (spec, message) => {
    const w = await world(spec);
    await w.goTo('00:11:00');
    expect(w.cron()?.status?.message).toMatch(message);
    expect(w.names()).toEqual([]);
  });
});
