import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { cronOMJobs, omJobs } from '../../src/actions/resources.ts';
import { slotOMJobName } from '../../src/core/naming/scheduleNames.ts';
import { OMJOB_API_VERSION, type OMJob } from '../../src/core/omjob/omJob.ts';
import type { CronOMJob, CronOMJobSpec } from '../../src/core/schedule/cronOMJob.ts';
import { omJobOfCron } from '../../src/core/schedule/ofCronOMJob.ts';
import { pods } from '../../src/kube/resources.ts';
import { clientOf, newNamespace } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { logOf, omJobWhen, shellPart } from '../support/omJob.ts';
import { sharedUp } from '../support/sharedUp.ts';

const MINUTE_MS = 60_000;

/** What tells a run which it is, as OpenMetadata's client writes it. */
const env = [
  { name: 'pipelineRunId', value: '{{ omjob.uid }}' },
  { name: 'jobName', value: '{{ omjob.name }}' },
];

/** Both clusters at once: each test waits for the next full minute, which comes to both at the same time. */
const clusters = forThisFile(async () => {
  const onUp = await clientOf(join(await sharedUp(inject('sharedUp')), 'kubeconfig'));
  const onReal = await clientOf(String(process.env['KUBECONFIG']));
  const opened = {
    kubelite: { client: onUp, ...newNamespace(onUp) },
    real: { client: onReal, ...newNamespace(onReal) },
  };
  return {
    ...opened,
    async close() {
      for (const { client, deleteAll } of Object.values(opened)) {
        await deleteAll();
        await client.close();
      }
    },
  };
});

describe.concurrent.each(['kubelite', 'real'] as const)('a CronOMJob on %s', (kind) => {
  const client = () => clusters()[kind].client;

  async function declare(change: Partial<CronOMJobSpec> = {}): Promise<CronOMJob> {
    const namespace = await clusters()[kind].namespace();
    const labels = { 'app.kubernetes.io/pipeline': 'a' };
    const mainPodSpec = shellPart('echo "$pipelineRunId $jobName"', { env });
    const exitHandlerSpec = shellPart('echo "$pipelineStatus $pipelineRunId $jobName"', { env });
    return client().create(cronOMJobs, {
      apiVersion: OMJOB_API_VERSION,
      kind: 'CronOMJob',
      metadata: { name: 'om-cronomjob-a', namespace, labels, annotations: { note: 'mine' } },
      spec: { schedule: '* * * * *', omJobSpec: { mainPodSpec, exitHandlerSpec }, ...change },
    });
  }

  const jobsOf = async ({ metadata }: CronOMJob): Promise<OMJob[]> =>
    (await client().list(omJobs, { namespace: metadata.namespace ?? '' })).items;

  /** Its status, once it says so. */
  const statusWhen = (
    { metadata }: CronOMJob,
    when: (status: NonNullable<CronOMJob['status']>) => boolean,
    what: string,
  ) =>
    eventually(async () => {
      const ref = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
      const { status } = await client().get(cronOMJobs, ref);
      return status !== undefined && when(status) ? status : undefined;
    }, `CronOMJob ${what}`);

  /** Makes one beside the schedule, as `endwell schedule trigger` does. */
  const trigger = (cron: CronOMJob, name: string) =>
    client().create(omJobs, omJobOfCron(cron, { triggeredBy: 'a test', name }));

  const ended = (namespace: string, name: string) =>
    omJobWhen(
      client(),
      { namespace, name },
      ({ status }) => /Succeeded|Failed/.test(status?.phase ?? ''),
      'ended',
    );

  it('makes nothing when it is made, and at its next slot one OMJob, which it owns', async () => {
    const cron = await declare({ startingDeadlineSeconds: 0 });
    const { namespace = '', uid, creationTimestamp = '' } = cron.metadata;
    const {
      lastScheduleTime = '',
      lastOMJobName = '',
      message,
    } = await statusWhen(cron, ({ lastOMJobName: name }) => name !== undefined, 'made its OMJob');
    expect(message).toBe('Created OMJob');
    const slot = Date.parse(lastScheduleTime);
    const created = Date.parse(creationTimestamp);
    expect([slot > created, slot <= created + 2 * MINUTE_MS]).toEqual([true, true]);
    expect(lastOMJobName).toBe(slotOMJobName('om-cronomjob-a', slot));
    const job = await ended(namespace, lastOMJobName);
    const runId = job.metadata.labels?.['app.kubernetes.io/run-id'];
    expect(job.metadata).toMatchObject({
      labels: { 'app.kubernetes.io/pipeline': 'a' },
      annotations: { note: 'mine' },
      ownerReferences: [{ kind: 'CronOMJob', name: 'om-cronomjob-a', uid, controller: true }],
    });
    expect(job.status?.phase).toBe('Succeeded');
    const { mainPodName = '', exitHandlerPodName = '' } = job.status ?? {};
    expect(await logOf(client(), namespace, mainPodName)).toBe(`${runId} ${lastOMJobName}\n`);
    expect(await logOf(client(), namespace, exitHandlerPodName)).toBe(`success ${runId} ${lastOMJobName}\n`);
  });

  it('that is suspended makes nothing, and says so', async () => {
    const cron = await declare({ suspend: true });
    const beside = await declare();
    await statusWhen(beside, ({ lastOMJobName }) => lastOMJobName !== undefined, 'beside it made its OMJob');
    expect((await statusWhen(cron, () => true, 'has a status')).message).toBe('Suspended');
    expect(await jobsOf(cron)).toEqual([]);
  });

  it('lets no second OMJob start beside one that is alive', async () => {
    const mainPodSpec = shellPart('sleep 600');
    const cron = await declare({ omJobSpec: { mainPodSpec } });
    await trigger(cron, 'alive');
    const { message } = await statusWhen(
      cron,
      ({ message: said = '' }) => said.startsWith('Skipped'),
      'skipped',
    );
    expect(message).toContain('has not ended');
    expect((await jobsOf(cron)).map(({ metadata }) => metadata.name)).toEqual(['alive']);
  });

  it('keeps as many ended OMJobs as it is told to, of each kind', async () => {
    const limits = { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 };
    const quick = { omJobSpec: { mainPodSpec: shellPart('true') } };
    const cron = await declare({ suspend: true, ...limits, ...quick });
    const failing = { ...cron, spec: { ...cron.spec, omJobSpec: { mainPodSpec: shellPart('exit 1') } } };
    await trigger(cron, 'first');
    await ended(cron.metadata.namespace ?? '', 'first');
    await trigger(cron, 'second');
    await trigger(failing, 'failed');
    await eventually(async () => {
      const left = await jobsOf(cron);
      return (
        left.length === 1 && left[0]?.metadata.name === 'second' && left[0].status?.phase === 'Succeeded'
      );
    }, 'only the last success to be left');
  });

  it('takes what it made with it when it is deleted: handlers run, and nothing is left', async () => {
    const exitHandlerSpec = shellPart('echo "$pipelineStatus"; sleep 2');
    const cron = await declare({
      suspend: true,
      omJobSpec: { mainPodSpec: shellPart('sleep 600'), exitHandlerSpec },
    });
    const { namespace = '', name = '' } = cron.metadata;
    await trigger(cron, 'alive');
    const ref = { namespace, name: 'alive' };
    await omJobWhen(client(), ref, ({ status }) => status?.phase === 'Running', 'runs');
    await client().delete(cronOMJobs, { namespace, name }, { propagationPolicy: 'Background' });
    await omJobWhen(client(), ref, ({ status }) => status?.phase === 'ExitHandlerRunning', 'has its handler');
    await eventually(async () => {
      const left = await client().list(pods, { namespace });
      return (await jobsOf(cron)).length === 0 && left.items.length === 0;
    }, 'the OMJob and its pods to be gone');
  });
});
