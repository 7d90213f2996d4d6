import { afterEach, describe, expect, it } from 'vitest';
import { omJobs } from '../actions/resources.ts';
import type { FakeWrite, FaultMoment } from '../actions/testing/fakeApi.ts';
import { LABEL } from '../core/naming/naming.ts';
import type { OMJob, OMJobStatus } from '../core/omjob/omJob.ts';
import { AnswerLostError, ServerError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const moments: FaultMoment[] = ['before', 'after'];
const casesUpTo = (last: number) =>
  moments.flatMap((moment) => Array.from({ length: last }, (_, index) => [index + 1, moment] as const));

/** Writes of a whole life with the probe and the dry run of two pods, and of one whose main pod is there already. */
const cases = casesUpTo(13);
const takeOvers = casesUpTo(9);

let world: OperatorWorld;

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

/** A cluster with an OMJob whose main pod ends with 3. */
function begin(status?: OMJobStatus): OMJob {
  world = new OperatorWorld();
  world.api.script = ({ metadata }) =>
    metadata?.labels?.[LABEL.stage] === 'main' || metadata?.name === 'job-main' ? 3 : 0;
  return world.api.cluster.put(omJobs, {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name: 'job', namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { mainPodSpec: { image: 'a' }, exitHandlerSpec: { image: 'a' } },
    ...(status && { status }),
  } satisfies OMJob);
}

/** The same, left by OpenMetadata's operator with its main pod at work. */
function beginTakenOver(): void {
  const { apiVersion, kind, metadata } = begin({ phase: 'Running', mainPodName: 'job-main' });
  const { uid = '' } = metadata;
  world.api.cluster.put(pods, {
    metadata: {
      name: 'job-main',
      namespace: 'default',
      ownerReferences: [{ apiVersion, kind, name: 'job', uid, controller: true }],
    },
    spec: { containers: [{ name: 'main', image: 'a' }], nodeName: 'node' },
    status: { phase: 'Running' },
  });
}

const job = () => world.api.cluster.objects(omJobs)[0];

const isOver = () => job()?.status?.phase === 'Failed' && !job()?.metadata.finalizers?.length;

const isFree = ({ plural }: FakeWrite) => plural === 'leases' || plural === 'events';

async function dieAt(nth: number, moment: FaultMoment): Promise<void> {
  let dead = false;
  let seen = 0;
  world.api.fault = (write, when) => {
    if (dead || isFree(write) || when !== moment) return undefined;
    seen += 1;
    dead = seen >= nth;
    return dead ? new AnswerLostError({ message: 'the process is gone' }) : undefined;
  };
  world.operator(() => dead);
  await world.until(() => dead || isOver());
  world.api.fault = () => undefined;
  world.operator();
  await world.until(isOver);
}

const ENDED = { phase: 'Failed', mainPodExitCode: 3, exitHandlerExitCode: 0 };

describe('an OMJob, when the process dies', () => {
  it.each(cases)('at write %i (%s it took effect), has one main and one receipt', async (nth, moment) => {
    begin();
    await dieAt(nth, moment);
    expect(job()?.status).toMatchObject(ENDED);
    expect(world.api.started.map(({ name }) => name)).toEqual(['job-main', 'job-exit']);
  });

  it.each(takeOvers)(
    'at write %i (%s) of taking it over, keeps the main pod that it has',
    async (nth, moment) => {
      beginTakenOver();
      await dieAt(nth, moment);
      expect(job()?.status).toMatchObject(ENDED);
      expect(world.api.started.map(({ name }) => name)).toEqual(['job-exit']);
    },
  );
});

describe('an OMJob, when the API loses an answer or fails', () => {
  it.each(cases)('at write %i (%s), goes on', async (nth, moment) => {
    begin();
    let seen = 0;
    world.api.fault = (write, when) => {
      if (isFree(write) || when !== moment) return undefined;
      seen += 1;
      if (seen !== nth) return undefined;
      return moment === 'after'
        ? new AnswerLostError({ message: 'lost' })
        : new ServerError({ message: 'no', status: 500 });
    };
    world.operator();
    await world.until(isOver, 120);
    expect(job()?.status).toMatchObject(ENDED);
    expect(world.api.started.map(({ name }) => name)).toEqual(['job-main', 'job-exit']);
  });
});
