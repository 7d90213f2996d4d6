import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OMJob, OMJobPhase, OMJobSpec, OMJobStatus } from '../../../src/core/omjob/omJob.ts';
import type { ContainerScript } from '../../../src/kubelite/kubelet/scripted/podScript.ts';
import { OMJobWorld, type Scripts } from './omJobWorld.ts';

let world: OMJobWorld;
beforeAll(async () => {
  world = await OMJobWorld.begin();
});
afterAll(() => world.stop());

const plays =
  (main: ContainerScript, exit: ContainerScript = {}): Scripts =>
  (stage) => ({ containers: { main: stage === 'exit' ? exit : main } });

/** What happens to an OMJob with a handler, and what must be true of it then. */
interface Scenario {
  readonly what: string;
  readonly scripts: Scripts;
  readonly main?: Partial<OMJobSpec['mainPodSpec']>;
  /** What is done to it while it lives. */
  readonly act?: (name: string) => Promise<void>;
  readonly status: OMJobStatus | 'gone';
  /** Of the condition ExitHandled; left out: True. */
  readonly handled?: 'False';
  /** Pods that a kubelet took up, without the name of the OMJob. */
  readonly pods: readonly string[];
}

const comesTo = (name: string, phase: OMJobPhase) =>
  world.when(name, (job) => job?.status?.phase === phase && job.status.endwell !== undefined);

const isDeletedIn =
  (phase: OMJobPhase) =>
  async (name: string): Promise<void> => {
    await comesTo(name, phase);
    await world.delete(name);
  };

const restartsIn =
  (phase: OMJobPhase) =>
  async (name: string): Promise<void> => {
    await comesTo(name, phase);
    world.restartOperator();
  };

const BOTH = ['main', 'exit'];
const SLOW: ContainerScript = { pullMs: 60_000, runMs: 60_000 };

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'main ends well',
    scripts: plays({}),
    status: { phase: 'Succeeded', mainReason: 'Completed', mainPodExitCode: 0, exitHandlerExitCode: 0 },
    pods: BOTH,
  },
  {
    what: 'main fails',
    scripts: plays({ exitCodes: [3] }),
    status: { phase: 'Failed', mainReason: 'ExitCode', mainPodExitCode: 3, exitHandlerExitCode: 0 },
    pods: BOTH,
  },
  {
    what: 'main runs out of memory',
    scripts: plays({ outOfMemory: true }),
    status: { phase: 'Failed', mainReason: 'OutOfMemory', mainPodExitCode: 137, exitHandlerExitCode: 0 },
    pods: BOTH,
  },
  {
    what: 'its image can not be pulled',
    scripts: (stage) => ({ containers: { main: stage === 'exit' ? {} : { imageError: 'no such image' } } }),
    status: { phase: 'Failed', mainReason: 'ImagePullFailed', exitHandlerExitCode: 0 },
    pods: BOTH,
  },
  {
    what: 'main is never scheduled',
    scripts: plays({}),
    main: { nodeSelector: { disk: 'none-has-it' } },
    status: { phase: 'Failed', mainReason: 'Unschedulable', exitHandlerExitCode: 0 },
    pods: ['exit'],
  },
  {
    what: 'its node puts main out once',
    scripts: (stage, attempt) => ({
      containers: { main: { runMs: 60_000 } },
      ...(stage === 'main' && attempt === 1 ? { evict: { afterMs: 5_000, message: 'low on memory' } } : {}),
    }),
    status: { phase: 'Succeeded', mainReason: 'Completed', exitHandlerExitCode: 0 },
    pods: ['main', 'main-2', 'exit'],
  },
  {
    what: 'it is deleted while main is pending',
    scripts: plays({ pullMs: 600_000 }),
    act: isDeletedIn('Pending'),
    status: 'gone',
    pods: BOTH,
  },
  {
    what: 'it is deleted while main runs',
    scripts: plays({ runMs: 'hang' }),
    act: isDeletedIn('Running'),
    status: 'gone',
    pods: BOTH,
  },
  {
    what: 'it is deleted while its handler runs',
    scripts: plays({}, { runMs: 60_000 }),
    act: isDeletedIn('ExitHandlerRunning'),
    status: 'gone',
    pods: BOTH,
  },
  ...(['Pending', 'Running', 'ExitHandlerRunning'] as const).map(
    (phase): Scenario => ({
      what: `the operator is killed and another one starts in phase ${phase}`,
      scripts: plays(SLOW, SLOW),
      act: restartsIn(phase),
      status: { phase: 'Succeeded', mainReason: 'Completed', exitHandlerExitCode: 0 },
      pods: BOTH,
    }),
  ),
  {
    what: 'its handler fails each time',
    scripts: plays({}, { exitCodes: [1] }),
    status: { phase: 'Succeeded', mainReason: 'Completed', exitHandlerExitCode: 1 },
    handled: 'False',
    pods: ['main', 'exit', 'exit-2', 'exit-3'],
  },
  {
    what: 'its handler fails once',
    scripts: (stage, attempt) => ({
      containers: { main: stage === 'exit' && attempt === 1 ? { exitCodes: [1] } : {} },
    }),
    status: { phase: 'Succeeded', exitHandlerPodName: 'exit-2', exitHandlerExitCode: 0 },
    pods: ['main', 'exit', 'exit-2'],
  },
  {
    what: 'its handler hangs',
    scripts: plays({ exitCodes: [1] }, { runMs: 'hang' }),
    status: { phase: 'Failed', mainReason: 'ExitCode', mainPodExitCode: 1 },
    handled: 'False',
    pods: ['main', 'exit', 'exit-2', 'exit-3'],
  },
];

describe('an OMJob with an exit handler', { timeout: 60_000 }, () => {
  it.each(SCENARIOS.map((scenario, index) => ({ ...scenario, name: `job-${index}` })))(
    'comes to its end when $what',
    async ({ name, scripts, main, act, status, handled = 'True', pods }) => {
      world.scripts = scripts;
      const pod = { image: 'scripted', command: ['true'] };
      await world.create(name, { mainPodSpec: { ...pod, ...main }, exitHandlerSpec: pod });
      await act?.(name);
      const job = await world.when(name, (now) => (status === 'gone' ? now === undefined : hasEnded(now)));
      const taken = world.pods.filter((one) => one.startsWith(`${name}-`));
      expect(taken).toEqual(pods.map((one) => `${name}-${one}`));
      if (status === 'gone') return;
      const { exitHandlerPodName: exitPod, ...rest } = status;
      expect(job?.status).toMatchObject({
        ...rest,
        ...(exitPod === undefined ? {} : { exitHandlerPodName: `${name}-${exitPod}` }),
      });
      expect(job?.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'ExitHandled', status: handled }),
      );
    },
  );
});

function hasEnded(job: OMJob | undefined): boolean {
  return /Succeeded|Failed/.test(job?.status?.phase ?? '') && !job?.metadata.finalizers?.length;
}
