import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { omJobs } from '../actions/resources.ts';
import { FINALIZER, GATE, LABEL } from '../core/naming/naming.ts';
import type { OMJob, OMJobSpec, OMJobStatus } from '../core/omjob/omJob.ts';
import { ServerError } from '../kube/errors.ts';
import { controllerRevisions, events, pods } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const LABELS = {
  'app.kubernetes.io/name': 'openmetadata',
  'app.kubernetes.io/managed-by': 'openmetadata',
  'app.kubernetes.io/pipeline': 'mysql',
  'app.kubernetes.io/run-id': 'a1b2',
};

const SPEC: OMJobSpec = {
  mainPodSpec: {
    image: 'ingestion:1',
    command: ['python', 'main.py'],
    env: [{ name: 'config', value: 'a: 1' }],
  },
  exitHandlerSpec: { image: 'ingestion:1', command: ['python', 'exit_handler.py'] },
  ttlSecondsAfterFinished: 3600,
};

let world: OperatorWorld;

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

/** A cluster with an OMJob in it, as the API server has it, and an operator that leads. */
async function begin(change: { spec?: OMJobSpec; status?: OMJobStatus; name?: string } = {}) {
  world = new OperatorWorld();
  world.operator();
  await world.until(() => world.operators[0]?.ready().role === 'leader');
  return put(change);
}

function put({
  spec = SPEC,
  status,
  name = 'job',
}: {
  spec?: OMJobSpec;
  status?: OMJobStatus;
  name?: string;
} = {}) {
  const creationTimestamp = new Date(world.clock.now()).toISOString();
  const metadata = { name, namespace: 'default', labels: LABELS, generation: 1, creationTimestamp };
  return world.api.cluster.put(omJobs, {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata,
    spec,
    ...(status && { status }),
  } satisfies OMJob);
}

function job(): OMJob | undefined {
  return world.api.cluster.objects(omJobs)[0];
}

function podNamed(name: string): Pod | undefined {
  return world.pods().find(({ metadata }) => metadata?.name === name);
}

const isOver = () =>
  ['Succeeded', 'Failed'].includes(job()?.status?.phase ?? '') && !job()?.metadata.finalizers?.length;

function environment(name: string): Record<string, string | undefined> {
  const env = podNamed(name)?.spec?.containers[0]?.env ?? [];
  return Object.fromEntries(env.map((variable) => [variable.name, variable.value]));
}

const codes =
  (main: number | undefined, exit: number | undefined = 0) =>
  (pod: Pod) =>
    pod.metadata?.labels?.[LABEL.stage] === 'exit' || pod.metadata?.name?.includes('-exit') ? exit : main;

async function reasons(): Promise<(string | undefined)[]> {
  await world.clock.settle();
  return world.api.cluster
    .objects(events)
    .filter(({ involvedObject }) => involvedObject.kind === 'OMJob')
    .map(({ type, reason }) => (type === 'Warning' ? `${reason} (Warning)` : reason));
}

describe('an OMJob', () => {
  it('goes through the phases that OpenMetadata knows, to the end of its handler', async () => {
    await begin();
    const seen: string[] = [];
    await world.until(() => {
      const phase = job()?.status?.phase ?? 'none';
      if (seen.at(-1) !== phase) seen.push(phase);
      return isOver();
    });
    expect(seen.filter((phase) => phase !== 'none')).toEqual([
      'Pending',
      'Running',
      'ExitHandlerRunning',
      'Succeeded',
    ]);
    expect(job()?.status).toMatchObject({
      mainPodName: 'job-main',
      exitHandlerPodName: 'job-exit',
      mainPodExitCode: 0,
      mainReason: 'Completed',
      exitHandlerExitCode: 0,
      observedGeneration: 1,
      endwell: { phase: 'Succeeded', exit: { receipt: { exitCode: 0 } } },
    });
    expect(Date.parse(job()?.status?.completionTime ?? '')).toBeGreaterThanOrEqual(
      Date.parse(job()?.status?.startTime ?? ''),
    );
    world.startedOnce();
  });

  it('costs 9 writes and the finalizer of whoever did not set it, and stores no template', async () => {
    await begin();
    await world.until(isOver);
    expect(world.paidWrites().length).toBeLessThanOrEqual(10);
    expect(world.api.cluster.objects(controllerRevisions)).toEqual([]);
  });

  it('gives its pods the labels, owner and environment that OpenMetadata looks for', async () => {
    await begin();
    world.api.script = codes(3);
    await world.until(isOver);
    expect(podNamed('job-main')?.metadata).toMatchObject({
      labels: {
        'app.kubernetes.io/name': 'openmetadata',
        'app.kubernetes.io/component': 'ingestion',
        'app.kubernetes.io/pipeline': 'mysql',
        'app.kubernetes.io/run-id': 'a1b2',
        'omjob.pipelines.openmetadata.org/name': 'job',
        'omjob.pipelines.openmetadata.org/pod-type': 'main',
        [LABEL.runUid]: job()?.metadata.uid,
      },
      ownerReferences: [
        {
          apiVersion: 'pipelines.openmetadata.org/v1',
          kind: 'OMJob',
          name: 'job',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    });
    expect(podNamed('job-exit')?.metadata?.labels).toMatchObject({
      'omjob.pipelines.openmetadata.org/pod-type': 'exit-handler',
    });
    expect(environment('job-main')).toMatchObject({
      config: 'a: 1',
      pipelineRunId: 'a1b2',
      jobName: 'job',
      namespace: 'default',
    });
    expect(environment('job-exit')).toMatchObject({
      config: 'a: 1',
      pipelineStatus: 'failed',
      pipelineRunId: 'a1b2',
      jobName: 'job',
      namespace: 'default',
      ENDWELL_EXIT_CODE: '3',
    });
  });

  it('tells of itself by the reasons of OpenMetadata', async () => {
    await begin();
    await world.until(isOver);
    expect(await reasons()).toEqual([
      'MainPodCreated',
      'MainPodCompleted',
      'ExitHandlerCreated',
      'OMJobCompleted',
    ]);
  });

  it('is Failed when main failed, however well its handler did, and warns of it', async () => {
    await begin();
    world.api.script = codes(1, 0);
    await world.until(isOver);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainPodExitCode: 1, exitHandlerExitCode: 0 });
    expect(await reasons()).toContain('OMJobFailed (Warning)');
  });

  it('is Succeeded when only its handler failed, which a condition says', async () => {
    await begin();
    world.api.script = codes(0, 1);
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Succeeded', exitHandlerPodName: 'job-exit-3' });
    expect(job()?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'ExitHandled', status: 'False' }),
    );
  });

  it('without a handler ends with main', async () => {
    await begin({ spec: { mainPodSpec: SPEC.mainPodSpec } });
    await world.until(isOver);
    expect(job()?.status?.phase).toBe('Succeeded');
    expect(world.pods()).toHaveLength(1);
  });

  it('runs its handler when it is deleted, and goes', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    await world.api.client().delete(omJobs, { namespace: 'default', name: 'job' });
    await world.until(() => podNamed('job-exit')?.status?.phase === 'Succeeded', 120);
    expect(environment('job-exit')).toMatchObject({ pipelineStatus: 'failed', ENDWELL_REASON: 'Deleted' });
    await world.until(() => job() === undefined && world.pods().length === 0, 120);
  });

  it('runs its handler when its main pod is deleted by somebody', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    await world.api.client().delete(pods, { namespace: 'default', name: 'job-main' });
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainReason: 'PodDeleted' });
    expect(podNamed('job-exit')?.status?.phase).toBe('Succeeded');
  });

  it('stops when its annotation says that somebody wants that', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    const annotations = {
      'endwell.dev/cancelled-by': 'ann',
      'endwell.dev/cancel-reason': 'no longer wanted',
    };
    const patch = { type: 'merge', body: { metadata: { annotations } } } as const;
    await world.api.client().patch(omJobs, { namespace: 'default', name: 'job' }, patch);
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainReason: 'Cancelled', exitHandlerExitCode: 0 });
  });

  it('is ended by its own deadline, which counts from its start', async () => {
    await begin({ spec: { ...SPEC, activeDeadlineSeconds: 20 } });
    world.api.script = codes(undefined, 0);
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainReason: 'TotalTimeout' });
    expect(job()?.status?.message).toContain('spec.activeDeadlineSeconds');
  });

  it.each([0, 1])(
    'whose main exits with %i goes with its pods when ttlSecondsAfterFinished is over',
    async (code) => {
      await begin({ spec: { ...SPEC, ttlSecondsAfterFinished: 30 } });
      world.api.script = codes(code, 0);
      await world.until(isOver);
      await world.clock.advance(20_000);
      expect(world.pods()).toHaveLength(2);
      await world.until(() => job() === undefined && world.pods().length === 0, 60);
      expect(await reasons()).toContain('ResourcesCleanedUp');
    },
  );

  it.each([0, undefined])('stays with its pods when ttlSecondsAfterFinished is %s', async (ttl) => {
    const { ttlSecondsAfterFinished: _, ...spec } = SPEC;
    await begin({ spec: ttl === undefined ? spec : { ...spec, ttlSecondsAfterFinished: ttl } });
    await world.until(isOver);
    await world.clock.advance(2 * 3_600_000);
    expect(job()?.status?.phase).toBe('Succeeded');
    expect(world.pods()).toHaveLength(2);
  });

  it('that can not be a pod is Failed at once, and says which field', async () => {
    await begin({ spec: { mainPodSpec: { image: 'UPPER/case:' } } });
    await world.until(() => job()?.status?.phase === 'Failed');
    expect(job()?.status).toMatchObject({ mainReason: 'SpecInvalid' });
    expect(job()?.status?.message).toContain('image');
    expect(world.pods()).toEqual([]);
  });

  it('has the pods that its name allows, however long that is, beside a Run of the same name', async () => {
    const name = 'long-name-of-a-pipeline-'.repeat(6).slice(0, 120).replace(/-$/, '');
    await begin({ name });
    world.submit(name.slice(0, 50));
    await world.until(isOver);
    expect(job()?.status?.mainPodName).toMatch(/^long-name-.{41}-[0-9a-f]{6}-main$|^.{58}-main$/);
    expect(job()?.status?.phase).toBe('Succeeded');
  });

  it('and a Run may have one name', async () => {
    await begin({ name: 'a' });
    world.submit('a');
    await world.until(isOver);
    await world.untilOver('a');
    expect(new Set(world.pods().map(({ metadata }) => metadata?.name))).toEqual(
      new Set(['a-exit', 'a-m1', 'a-main']),
    );
  });

  it('whose restartPolicy is another than Never runs all the same, and says that it is ignored', async () => {
    await begin({ spec: { ...SPEC, mainPodSpec: { ...SPEC.mainPodSpec, restartPolicy: 'OnFailure' } } });
    await world.until(isOver);
    expect(podNamed('job-main')?.spec?.restartPolicy).toBe('Never');
    expect(await reasons()).toContain('RestartPolicyIgnored (Warning)');
  });

  it('is not ended by pods that can not be read for two minutes', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    const { behaviour } = world.api.cluster;
    const reads = ['get', 'list', 'watch'];
    behaviour.before = ({ plural, verb }) =>
      plural === 'pods' && reads.includes(verb)
        ? new ServerError({ message: 'away', status: 503 })
        : undefined;
    world.api.cluster.endStreams();
    await world.clock.advance(120_000);
    expect(job()?.status?.phase).toBe('Running');
    behaviour.before = () => undefined;
    world.api.script = codes(0, 0);
    await world.until(isOver, 120);
    expect(job()?.status?.phase).toBe('Succeeded');
    world.startedOnce();
  });

  it('goes on under another leader where the first one stopped', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    await world.operators[0]?.stop();
    world.operator();
    world.api.script = codes(0, 0);
    await world.until(isOver, 120);
    expect(job()?.status?.phase).toBe('Succeeded');
    world.startedOnce();
  });
});

describe('an OMJob whose definition drops what we write', () => {
  it('is left alone, and looked after once the definition is mended', async () => {
    world = new OperatorWorld();
    world.api.keepStatus = (status) => {
      const { endwell: _dropped, ...rest } = { endwell: undefined, ...status };
      return rest;
    };
    world.operator();
    put();
    await world.until(
      () => world.operators[0]?.ready().warnings.some((line) => line.includes('endwell crds')) === true,
    );
    expect(world.pods()).toEqual([]);
    expect(job()?.status).toBeUndefined();
    expect(await reasons()).toContain('LeftAlone (Warning)');
    world.api.keepStatus = (status) => status;
    await world.until(isOver, 180);
    expect(world.operators[0]?.ready().warnings).toEqual([]);
  });

  it('is left alone after one write when that happens under way, and goes on when the definition is mended', async () => {
    await begin();
    world.api.script = codes(undefined, 0);
    await world.until(() => job()?.status?.phase === 'Running');
    world.api.keepStatus = (status) => {
      const { endwell: _dropped, ...rest } = { endwell: undefined, ...status };
      return rest;
    };
    const before = world.paidWrites().length;
    world.api.script = codes(0, 0);
    await world.until(
      () => world.operators[0]?.ready().warnings.some((line) => line.includes('endwell crds')) === true,
    );
    await world.clock.advance(45_000);
    expect(world.paidWrites().length - before).toBe(1);
    expect(await reasons()).toContain('LeftAlone (Warning)');
    world.api.keepStatus = (status) => status;
    await world.until(isOver, 180);
    expect(job()?.status).toMatchObject({ phase: 'Succeeded', exitHandlerExitCode: 0 });
    world.startedOnce();
  });
});

/** A pod as OpenMetadata's operator makes it: none of our marks, no gate. */
function javaPod(stage: 'main' | 'exit', status?: Pod['status']): Pod {
  const owner = job();
  return world.api.cluster.put(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `job-${stage}`,
      namespace: 'default',
      labels: {
        'omjob.pipelines.openmetadata.org/name': 'job',
        'omjob.pipelines.openmetadata.org/pod-type': stage === 'main' ? 'main' : 'exit-handler',
        'app.kubernetes.io/managed-by': 'openmetadata',
      },
      ownerReferences: [
        {
          apiVersion: 'pipelines.openmetadata.org/v1',
          kind: 'OMJob',
          name: 'job',
          uid: owner?.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { containers: [{ name: 'main', image: 'ingestion:1' }], nodeName: 'node', restartPolicy: 'Never' },
    ...(status && { status }),
  });
}

const RUNNING = {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'main',
      image: '',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ],
};
const ended = (exitCode: number) => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [
    {
      name: 'main',
      image: '',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: {
        terminated: { exitCode, startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:01:00Z' },
      },
    },
  ],
});

/** The cluster as OpenMetadata's operator left it, before ours starts. */
function leave(status: OMJobStatus | undefined, left: () => void = () => {}): void {
  world = new OperatorWorld();
  put(status === undefined ? {} : { status });
  left();
  world.operator();
}

const START = '2025-12-31T23:00:00Z';

describe("an OMJob that OpenMetadata's operator left", () => {
  it('with its main pod running keeps that pod, and gets its handler', async () => {
    leave({ phase: 'Running', startTime: START, mainPodName: 'job-main', message: 'Main pod created' }, () =>
      javaPod('main', RUNNING),
    );
    world.api.script = codes(undefined, 0);
    const uid = podNamed('job-main')?.metadata?.uid;
    await world.until(() => job()?.status?.endwell?.attempts[0]?.podUID === uid);
    expect(podNamed('job-main')?.metadata?.finalizers).toContain(FINALIZER.outcome);
    expect(job()?.status).toMatchObject({ phase: 'Running', startTime: START, mainPodName: 'job-main' });
    world.api.script = codes(2, 0);
    await world.until(isOver);
    expect(job()?.status).toMatchObject({
      phase: 'Failed',
      mainPodExitCode: 2,
      mainReason: 'ExitCode',
      exitHandlerExitCode: 0,
    });
    expect(world.api.started.map(({ name }) => name)).toEqual(['job-exit']);
  });

  it('with a main pod of ours behind its gate, which that operator took for running, lets it through', async () => {
    leave({ phase: 'Running', startTime: START, mainPodName: 'job-main', message: 'Main pod found' }, () => {
      const pod = javaPod('main');
      world.api.cluster.put(pods, {
        ...pod,
        spec: { containers: [{ name: 'main', image: 'ingestion:1' }], schedulingGates: [{ name: GATE }] },
      });
    });
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Succeeded', exitHandlerExitCode: 0 });
    expect(world.api.started.map(({ name }) => name)).toEqual(['job-main', 'job-exit']);
  });

  it('before it noted its main pod takes that pod, and makes no second one', async () => {
    leave(undefined, () => javaPod('main', RUNNING));
    world.api.script = codes(undefined, 0);
    const uid = podNamed('job-main')?.metadata?.uid;
    await world.until(() => job()?.status?.phase === 'Running');
    expect(job()?.status?.endwell?.attempts).toMatchObject([{ podUID: uid }]);
    world.api.script = codes(0, 0);
    await world.until(isOver);
    expect(world.api.started.map(({ name }) => name)).toEqual(['job-exit']);
  });

  it('in phase Pending without a pod is begun', async () => {
    leave({ phase: 'Pending', startTime: START });
    await world.until(isOver);
    expect(job()?.status?.phase).toBe('Succeeded');
  });

  it('with its main pod ended, and that not noted, learns how, and gets its handler', async () => {
    leave({ phase: 'Running', startTime: START, mainPodName: 'job-main' }, () => javaPod('main', ended(1)));
    await world.until(isOver);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainPodExitCode: 1, exitHandlerExitCode: 0 });
  });

  it('with its main pod gone gets its handler', async () => {
    leave({ phase: 'Running', startTime: START, mainPodName: 'job-main' });
    await world.until(isOver);
    expect(job()?.status).toMatchObject({
      phase: 'Failed',
      mainReason: 'PodDeleted',
      exitHandlerExitCode: 0,
    });
    expect(environment('job-exit')).toMatchObject({ pipelineStatus: 'failed' });
  });

  it('with its handler running keeps that handler', async () => {
    const status: OMJobStatus = {
      phase: 'ExitHandlerRunning',
      startTime: START,
      mainPodName: 'job-main',
      exitHandlerPodName: 'job-exit',
      mainPodExitCode: 0,
    };
    leave(status, () => {
      javaPod('main', ended(0));
      javaPod('exit', RUNNING);
    });
    await world.until(isOver);
    expect(job()?.status).toMatchObject({ phase: 'Succeeded', mainPodExitCode: 0, exitHandlerExitCode: 0 });
    expect(world.api.started).toEqual([]);
  });

  it('about to make its handler gets one, though the exit code of main is not known', async () => {
    leave({ phase: 'ExitHandlerRunning', startTime: START, mainPodName: 'job-main' }, () =>
      javaPod('main', {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: memory.',
      }),
    );
    await world.until(
      () => podNamed('job-exit') !== undefined || (job()?.status?.endwell?.attempts.length ?? 0) > 1,
      120,
    );
    expect(job()?.status?.endwell?.attempts[0]).toMatchObject({ reason: 'Evicted' });
  });

  it('when it had ended stays as it ended, until its time is over', async () => {
    const completionTime = '2025-12-31T23:02:00Z';
    const status: OMJobStatus = {
      phase: 'Succeeded',
      startTime: START,
      completionTime,
      mainPodName: 'job-main',
      mainPodExitCode: 1,
    };
    leave(status, () => javaPod('main', ended(1)));
    await world.clock.advance(60_000);
    expect(job()?.status).toEqual(status);
    await world.until(() => job() === undefined, 120);
  });

  it('leaves a pod alone that only has the name, and fails for it', async () => {
    leave(undefined, () => {
      const metadata = { name: 'job-main', namespace: 'default' };
      world.api.cluster.put(pods, { metadata, spec: { containers: [], nodeName: 'node' }, status: RUNNING });
    });
    world.api.script = codes(undefined, 0);
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject({ phase: 'Failed', mainReason: 'NameTaken' });
    expect(podNamed('job-main')?.metadata?.labels).toBeUndefined();
  });
});
