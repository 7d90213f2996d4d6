import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { omJobs } from '../../src/actions/resources.ts';
import type { OMJob, OMJobStatus } from '../../src/core/omjob/omJob.ts';
import { pods } from '../../src/kube/resources.ts';
import { kubectl } from '../support/account.ts';
import { podWhen, shellPod } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { createOMJob, logOf, omJobWhen, shellPart } from '../support/omJob.ts';
import { useProduct } from '../support/product.ts';

const product = useProduct();
const OPERATOR = ['-n', 'endwell-system', 'deployment/endwell-operator'];
const HANDLER = shellPart('echo "$pipelineStatus"');
const STARTED = '2026-01-01T00:00:00Z';

/** It ended just now: its time to live is a day. */
const ENDED = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const OVER = { phase: 'Failed', mainPodExitCode: 1, startTime: STARTED, message: 'theirs' } as const;

let namespace = '';

/** All of them are left while none of our operators works, as on a cluster where OpenMetadata's worked before. */
beforeAll(async () => {
  namespace = await product().namespace();
  await kubectl('scale', ...OPERATOR, '--replicas=0');
  const ours = ['pod', '-l', 'app.kubernetes.io/component=operator'];
  await kubectl('wait', '-n', 'endwell-system', '--for=delete', ...ours, '--timeout=120s');
  await Promise.all([
    leave('pod-only', undefined, { main: 'sleep 20; exit 4' }),
    leave('running', { phase: 'Running', mainPodName: 'running-main' }, { main: 'sleep 20; exit 2' }),
    leave('unseen-end', { phase: 'Running', mainPodName: 'unseen-end-main' }, { main: 'true' }),
    leave('gone', { phase: 'Running', mainPodName: 'gone-main' }),
    leave(
      'handled',
      { phase: 'ExitHandlerRunning', mainPodExitCode: 3, exitHandlerPodName: 'handled-exit' },
      { exit: 'sleep 20; echo once' },
    ),
    leave('owed', { phase: 'ExitHandlerRunning', mainPodExitCode: 0 }),
    leave('over', { ...OVER, completionTime: ENDED }),
    leave('expired', { ...OVER, completionTime: STARTED }),
  ]);
  await kubectl('scale', ...OPERATOR, '--replicas=2');
  await kubectl('rollout', 'status', ...OPERATOR, '--timeout=120s');
});

afterAll(() => kubectl('scale', ...OPERATOR, '--replicas=2'));

/** An OMJob, its status and its pods as OpenMetadata's operator makes them: no gate, no finalizer, none of our marks. */
async function leave(
  name: string,
  status: OMJobStatus | undefined,
  scripts: { readonly main?: string; readonly exit?: string } = {},
): Promise<void> {
  const { client } = product();
  const spec = { mainPodSpec: shellPart('exit 9'), exitHandlerSpec: HANDLER };
  const { metadata } = await createOMJob(client, { namespace, name }, spec);
  for (const [stage, script] of Object.entries(scripts))
    await leavePod(name, metadata.uid ?? '', stage, script);
  if (status === undefined) return;
  const body = { status: { startTime: STARTED, ...status } };
  await client.patch(omJobs, { namespace, name }, { type: 'merge', body }, { subresource: 'status' });
}

async function leavePod(job: string, uid: string, stage: string, script: string): Promise<void> {
  const { client } = product();
  const pod = shellPod(`${job}-${stage}`, script);
  const owner = { apiVersion: 'pipelines.openmetadata.org/v1', kind: 'OMJob', name: job, uid };
  await client.create(pods, {
    ...pod,
    metadata: {
      name: `${job}-${stage}`,
      namespace,
      labels: {
        'omjob.pipelines.openmetadata.org/name': job,
        'omjob.pipelines.openmetadata.org/pod-type': stage === 'main' ? 'main' : 'exit-handler',
        'app.kubernetes.io/managed-by': 'openmetadata',
      },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
  });
  const isMeant = script === 'true' ? /Succeeded/ : /Running/;
  await podWhen(
    client,
    namespace,
    `${job}-${stage}`,
    ({ status }) => isMeant.test(status?.phase ?? ''),
    'is',
  );
}

const ended = (name: string): Promise<OMJob> =>
  omJobWhen(
    product().client,
    { namespace, name },
    ({ status }) => /Succeeded|Failed/.test(status?.phase ?? '') && status?.endwell !== undefined,
    'ended',
  );

/** Names of the pods that there are of an OMJob. */
async function podsOf(job: string): Promise<(string | undefined)[]> {
  const { items } = await product().client.list(pods, { namespace });
  return items.map(({ metadata }) => metadata?.name).filter((name) => name?.startsWith(`${job}-`) === true);
}

describe.concurrent("an OMJob that OpenMetadata's operator left", () => {
  it.each([
    ['pod-only', 'Failed', 4],
    ['running', 'Failed', 2],
    ['unseen-end', 'Succeeded', 0],
  ])(
    '%s: keeps its main pod, ends as that ended, and has its handler',
    async (name, phase, mainPodExitCode) => {
      const { status } = await ended(name);
      expect(status).toMatchObject({ phase, mainPodExitCode, exitHandlerExitCode: 0 });
      expect(new Set(await podsOf(name))).toEqual(new Set([`${name}-exit`, `${name}-main`]));
      const told = phase === 'Succeeded' ? 'success' : 'failed';
      expect(await logOf(product().client, namespace, `${name}-exit`)).toBe(`${told}\n`);
    },
  );

  it('without its main pod is Failed, starts no second one, and has its handler', async () => {
    const { status } = await ended('gone');
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'PodDeleted', exitHandlerExitCode: 0 });
    expect(await podsOf('gone')).toEqual(['gone-exit']);
  });

  it('with its handler at work waits for that one', async () => {
    const { status } = await ended('handled');
    expect(status).toMatchObject({ phase: 'Failed', mainPodExitCode: 3, exitHandlerExitCode: 0 });
    expect(await podsOf('handled')).toEqual(['handled-exit']);
    expect(await logOf(product().client, namespace, 'handled-exit')).toBe('once\n');
  });

  it('whose handler was never made gets it', async () => {
    const { status } = await ended('owed');
    expect(status).toMatchObject({ phase: 'Succeeded', exitHandlerExitCode: 0 });
    expect(await logOf(product().client, namespace, 'owed-exit')).toBe('success\n');
  });

  it('that had ended stays as it is, in its words', async () => {
    await ended('owed');
    const { status } = await product().client.get(omJobs, { namespace, name: 'over' });
    expect(status).toEqual({ ...OVER, completionTime: ENDED });
  });

  it('that had ended longer ago than it is to be kept goes', async () => {
    await eventually(async () => {
      const { items } = await product().client.list(omJobs, { namespace });
      return items.every(({ metadata }) => metadata.name !== 'expired');
    }, 'the OMJob to be gone');
  });
});
