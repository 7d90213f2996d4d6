import { describe, expect, it } from 'vitest';
import { omJobs } from '../../src/actions/resources.ts';
import type { OMJob, OMJobPod, OMJobSpec } from '../../src/core/omjob/omJob.ts';
import { pods } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { createOMJob, logOf as logOfPod, omJobWhen, REPORT, shellPart as shell } from '../support/omJob.ts';
import { useProduct } from '../support/product.ts';

const product = useProduct();

async function start(spec: OMJobSpec): Promise<string> {
  const namespace = await product().namespace();
  const labels = { 'app.kubernetes.io/run-id': 'a1b2' };
  await createOMJob(product().client, { namespace, labels }, spec);
  return namespace;
}

const jobWhen = (namespace: string, when: (job: OMJob) => boolean, what: string): Promise<OMJob> =>
  omJobWhen(product().client, { namespace, name: 'job' }, when, what);

const ended = (namespace: string) =>
  jobWhen(namespace, ({ status }) => /Succeeded|Failed/.test(status?.phase ?? ''), 'ended');

const running = (namespace: string) =>
  jobWhen(namespace, ({ status }) => status?.phase === 'Running', 'runs');

const logOf = (namespace: string, name: string) => logOfPod(product().client, namespace, name);

/** Seconds after which it is known why a pod does not start: a busy node takes a while to say it. */
const untilSaid = () => (product().kind === 'real' ? 30 : 3);

describe.concurrent('an OMJob', () => {
  it('whose main succeeds runs its handler, which is told so, and is Succeeded', async () => {
    const namespace = await start({
      mainPodSpec: shell('echo work', { env: [{ name: 'config', value: 'a: 1' }] }),
      exitHandlerSpec: REPORT,
    });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({
      phase: 'Succeeded',
      mainPodName: 'job-main',
      exitHandlerPodName: 'job-exit',
      mainPodExitCode: 0,
      exitHandlerExitCode: 0,
      endwell: { phase: 'Succeeded' },
    });
    const told = await logOf(namespace, 'job-exit');
    expect(told).toContain('pipelineStatus=success\n');
    expect(told).toContain('pipelineRunId=a1b2\n');
    expect(told).toContain('jobName=job\n');
    expect(told).toContain(`namespace=${namespace}\n`);
    expect(told).toContain('config=a: 1\n');
    expect(await logOf(namespace, 'job-main')).toContain('work');
  });

  it('whose main fails is Failed although its handler succeeds', async () => {
    const namespace = await start({ mainPodSpec: shell('exit 3'), exitHandlerSpec: REPORT });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainPodExitCode: 3, mainReason: 'ExitCode' });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'ExitHandled', status: 'True' }),
    );
    expect(await logOf(namespace, 'job-exit')).toContain('pipelineStatus=failed\n');
  });

  it('whose main pod somebody deletes gets its handler', async () => {
    const namespace = await start({ mainPodSpec: shell('sleep 600'), exitHandlerSpec: REPORT });
    await running(namespace);
    await product().client.delete(pods, { namespace, name: 'job-main' });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'PodDeleted', exitHandlerExitCode: 0 });
    expect(await logOf(namespace, 'job-exit')).toContain('pipelineStatus=failed\n');
  });

  it.each([
    [
      'runs out of memory',
      shell('exec tail /dev/zero', { resources: { limits: { memory: '32Mi' } } }),
      'OutOfMemory',
    ],
    ['is ended by a signal', shell("/bin/sh -c 'kill -9 $$$$'; exit $?"), 'Signal'],
    ['names a program that is not there', shell('', { command: ['/no/such/program'] }), 'ContainerCannotRun'],
  ])('whose main %s is Failed, says so, and gets its handler', async (_what, mainPodSpec, reason) => {
    const namespace = await start({ mainPodSpec, exitHandlerSpec: REPORT });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainReason: reason, exitHandlerExitCode: 0 });
    const told = await logOf(namespace, 'job-exit');
    expect(told).toContain('pipelineStatus=failed\n');
    expect(told).toContain(`ENDWELL_REASON=${reason}\n`);
  });

  it.each([
    ['no node may take', shell('true', { nodeSelector: { 'endwell.dev/test': 'nowhere' } }), 'Unschedulable'],
    [
      'lacks its configuration',
      shell('true', {
        env: [{ name: 'config', valueFrom: { secretKeyRef: { name: 'missing', key: 'config' } } }],
      }),
      'ConfigError',
    ],
  ])(
    'whose main %s ends with its deadline, for that cause, and gets its handler',
    async (_what, main, reason) => {
      const exitHandlerSpec = shell('echo "$pipelineStatus $ENDWELL_REASON"', {
        env: [{ name: 'config', value: '' }],
      });
      const namespace = await start({
        mainPodSpec: main,
        exitHandlerSpec,
        activeDeadlineSeconds: untilSaid(),
      });
      const { status } = await ended(namespace);
      expect(status).toMatchObject({ phase: 'Failed', mainReason: reason, exitHandlerExitCode: 0 });
      expect(await logOf(namespace, 'job-exit')).toBe(`failed ${reason}\n`);
    },
  );

  it('whose main pod somebody deletes by force gets its handler', async () => {
    const namespace = await start({ mainPodSpec: shell('sleep 600'), exitHandlerSpec: REPORT });
    await running(namespace);
    await product().client.delete(pods, { namespace, name: 'job-main' }, { gracePeriodSeconds: 0 });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'PodDeleted', exitHandlerExitCode: 0 });
    expect(await logOf(namespace, 'job-exit')).toContain('pipelineStatus=failed\n');
  });

  it('that is deleted stays until its handler has run', async () => {
    const namespace = await start({ mainPodSpec: shell('sleep 600'), exitHandlerSpec: shell('sleep 1') });
    await running(namespace);
    await product().client.delete(omJobs, { namespace, name: 'job' });
    const job = await jobWhen(namespace, ({ status }) => status?.phase === 'ExitHandlerRunning', 'exits');
    expect(job.metadata.deletionTimestamp).toBeDefined();
    await eventually(async () => {
      const { items } = await product().client.list(omJobs, { namespace });
      const left = await product().client.list(pods, { namespace });
      return items.length === 0 && left.items.length === 0;
    }, 'the OMJob and its pods are gone');
  });

  it('is ended by its own deadline', async () => {
    const namespace = await start({ mainPodSpec: shell('sleep 600'), activeDeadlineSeconds: 5 });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'TotalTimeout' });
  });

  it('goes with its pods when its time is over', async () => {
    const namespace = await start({ mainPodSpec: shell('true'), ttlSecondsAfterFinished: 1 });
    await eventually(
      async () => (await product().client.list(omJobs, { namespace })).items.length === 0,
      'the OMJob is gone',
    );
  });

  it('with a field of a pod that no Kubernetes has is Failed, and names the field', async () => {
    const newer: OMJobPod & { fieldOfTomorrow: number } = { ...shell('true'), fieldOfTomorrow: 1 };
    const namespace = await start({ mainPodSpec: newer });
    const { status } = await ended(namespace);
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'SpecInvalid' });
    expect(status?.message).toContain('fieldOfTomorrow');
  });

  it('takes the defaults of the chart, and drops no field of a pod', async () => {
    const namespace = await start({
      mainPodSpec: shell('true', {
        topologySpreadConstraints: [],
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }],
      }),
    });
    const job = await product().client.get(omJobs, { namespace, name: 'job' });
    expect(job.spec).toMatchObject({
      ttlSecondsAfterFinished: 86_400,
      mainPodSpec: { imagePullPolicy: 'IfNotPresent', hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }] },
    });
    await ended(namespace);
    const pod = await product().client.get(pods, { namespace, name: 'job-main' });
    expect(pod.spec?.hostAliases).toEqual([{ ip: '10.0.0.1', hostnames: ['a'] }]);
  });
});
