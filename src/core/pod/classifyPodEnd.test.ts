import { describe, expect, it } from 'vitest';
import type { PodEvent } from '../decide/decision.ts';
import { outcomeOf } from '../reasons/catalogue.ts';
import type { Verdict } from '../run/run.ts';
import { aPod, type PodBuilder } from '../testing/aPod.ts';
import { ranTooLong } from '../testing/aVerdict.ts';
import { classifyPodEnd, classifyVanishedPod } from './classifyPodEnd.ts';

const verdict = ranTooLong(5);
const oom = { exitCode: 137, reason: 'OOMKilled' };
const disrupted = (pod: PodBuilder, reason: string, atSeconds = 0, message = 'because') =>
  pod.withCondition('DisruptionTarget', 'True', { reason, message, atSeconds });

describe('classifyPodEnd', () => {
  describe('one cause', () => {
    it.each<[string, PodBuilder, string, string]>([
      [
        'exit 0',
        aPod().ended({ exitCode: 0 }),
        'Completed',
        'container main of pod nightly-m1 ended with exit code 0',
      ],
      [
        'exit 3',
        aPod().ended({ exitCode: 3 }),
        'ExitCode',
        'container main of pod nightly-m1 failed with exit code 3',
      ],
      [
        'a termination message',
        aPod().ended({ exitCode: 3, message: 'no such table' }),
        'ExitCode',
        '3: no such table',
      ],
      ['SIGTERM', aPod().ended({ exitCode: 143 }), 'Signal', 'ended by signal 15 (exit code 143)'],
      ['SIGKILL without a limit', aPod().ended({ exitCode: 137 }), 'Signal', 'signal 9'],
      [
        'OOM',
        aPod().withMemoryLimit('1Gi').ended(oom),
        'OutOfMemory',
        'main of pod nightly-m1 was out of memory; its memory limit is 1Gi',
      ],
      [
        'OOM behind 137',
        aPod().withMemoryLimit('1Gi').ended({ exitCode: 137 }),
        'OutOfMemory',
        'most likely',
      ],
      [
        'OOM of one process of main',
        aPod().withMemoryLimit('1Gi').ended({ exitCode: 2, reason: 'OOMKilled' }),
        'OutOfMemory',
        'one of its processes was killed, and it ended with exit code 2',
      ],
      ['OOM of an init', aPod().initEnded('copy', oom).withPhase('Failed'), 'OutOfMemory', 'container copy'],
      [
        'failed init',
        aPod().initEnded('copy', { exitCode: 2 }).withPhase('Failed'),
        'InitFailed',
        'init container copy of pod nightly-m1 failed with exit code 2',
      ],
      [
        'eviction by the node',
        aPod().withPhase('Failed', 'Evicted', 'The node was low on resource: memory.'),
        'Evicted',
        'evicted by its node node1 under pressure of memory: The node was low on resource: memory.',
      ],
      [
        'eviction for a full disk of its own',
        aPod().withPhase(
          'Failed',
          'Evicted',
          'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
        ),
        'Evicted',
        'for going over its limit of local storage',
      ],
      [
        'eviction by the API',
        disrupted(aPod().ended({ exitCode: 143 }), 'EvictionByEvictionAPI'),
        'Evicted',
        'through the API',
      ],
      [
        'preemption',
        disrupted(aPod().ended({ exitCode: 143 }), 'PreemptionByScheduler'),
        'Preempted',
        'higher priority',
      ],
      [
        'preemption by the kubelet',
        aPod().withPhase('Failed', 'Preempting', 'critical pod'),
        'Preempted',
        'critical pod',
      ],
      [
        'node shutdown',
        aPod().withPhase('Failed', 'Terminated', 'in response to imminent node shutdown'),
        'NodeShutdown',
        'node1 was shut down',
      ],
      [
        'garbage collected pod',
        disrupted(aPod().withPhase('Failed'), 'DeletionByPodGC'),
        'NodeLost',
        'node node1',
      ],
      [
        'taint of a lost node',
        disrupted(aPod().withPhase('Failed'), 'DeletionByTaintManager'),
        'NodeLost',
        'lost',
      ],
      [
        'taint of a live node',
        disrupted(aPod().ended({ exitCode: 143 }), 'DeletionByTaintManager'),
        'Evicted',
        'by a taint',
      ],
      [
        'deletion',
        aPod().ended({ exitCode: 143, finishedAt: 10 }).deletedAt(5),
        'PodDeleted',
        'deleted by somebody else; container main then ended with exit code 143',
      ],
      [
        'deletion before a node was found',
        aPod().unbound().deletedAt(5, 0),
        'PodDeleted',
        'deleted by somebody else',
      ],
      [
        'own deadline',
        aPod()
          .withActiveDeadline(10)
          .ended({ exitCode: 143, finishedAt: 11 })
          .withPhase('Failed', 'DeadlineExceeded'),
        'DeadlineExceeded',
        'activeDeadlineSeconds (10)',
      ],
      [
        'bad command',
        aPod().ended({ exitCode: 128, reason: 'StartError', message: 'no such file' }),
        'ContainerCannotRun',
        'no such file',
      ],
      [
        'end that nobody saw',
        aPod().ended({ exitCode: 137, reason: 'ContainerStatusUnknown' }),
        'Unknown',
        'its exit code is a guess',
      ],
      [
        'end that containerd found when it came back',
        aPod().ended({ exitCode: 255, reason: 'Unknown' }),
        'Unknown',
        'its exit code is a guess',
      ],
      [
        'refusal by the node',
        aPod().withPhase('Failed', 'OutOfcpu', 'node had 0'),
        'Unschedulable',
        'node node1 refused pod nightly-m1',
      ],
      [
        'nothing at all',
        aPod().withPhase('Failed', 'Odd', 'new words'),
        'Unknown',
        'nothing in it says why (Odd: new words)',
      ],
    ])('%s', (_name, pod, reason, sentence) => {
      const end = classifyPodEnd(pod.build(), undefined);
      expect(end.reason).toBe(reason);
      expect(end.message).toContain(sentence);
    });
  });

  describe('two causes', () => {
    it.each<[string, PodBuilder, Verdict | undefined, string]>([
      [
        'our verdict, then exit 143',
        aPod().ended({ exitCode: 143, finishedAt: 7 }).deletedAt(6),
        verdict,
        'RunTimeout',
      ],
      [
        'our verdict, then exit 0',
        aPod().ended({ exitCode: 0, finishedAt: 7 }).deletedAt(6),
        verdict,
        'RunTimeout',
      ],
      [
        'our verdict, then OOM',
        aPod()
          .ended({ ...oom, finishedAt: 7 })
          .deletedAt(6),
        verdict,
        'RunTimeout',
      ],
      ['our verdict on a pod without a node', aPod().unbound().deletedAt(6, 0), verdict, 'RunTimeout'],
      [
        'exit 0 before our deletion',
        aPod().ended({ exitCode: 0, finishedAt: 4 }).deletedAt(6),
        verdict,
        'Completed',
      ],
      [
        'exit 3 before our deletion',
        aPod().ended({ exitCode: 3, finishedAt: 4 }).deletedAt(6),
        verdict,
        'ExitCode',
      ],
      ['our verdict, not carried out', aPod().ended({ exitCode: 3, finishedAt: 4 }), verdict, 'ExitCode'],
      [
        'exit 0 before somebody deleted it',
        aPod().ended({ exitCode: 0, finishedAt: 4 }).deletedAt(6),
        undefined,
        'Completed',
      ],
      [
        'exit 0 in the second of the deletion',
        aPod().ended({ exitCode: 0, finishedAt: 6 }).deletedAt(6),
        undefined,
        'PodDeleted',
      ],
      [
        'exit 0 after somebody deleted it',
        aPod().ended({ exitCode: 0, finishedAt: 7 }).deletedAt(6),
        undefined,
        'PodDeleted',
      ],
      [
        'OOM before somebody deleted it',
        aPod()
          .ended({ ...oom, finishedAt: 4 })
          .deletedAt(6),
        undefined,
        'OutOfMemory',
      ],
      [
        'OOM after somebody deleted it',
        aPod()
          .ended({ ...oom, finishedAt: 7 })
          .deletedAt(6),
        undefined,
        'PodDeleted',
      ],
      [
        'eviction that shows as a deletion',
        disrupted(aPod().ended({ exitCode: 143, finishedAt: 7 }).deletedAt(6), 'EvictionByEvictionAPI', 6),
        undefined,
        'Evicted',
      ],
      [
        'exit 0 when evicted',
        disrupted(aPod().ended({ exitCode: 0, finishedAt: 7 }), 'TerminationByKubelet', 6).withPhase(
          'Failed',
          'Evicted',
        ),
        undefined,
        'Evicted',
      ],
      [
        'exit 0 long before an eviction',
        disrupted(aPod().ended({ exitCode: 0, finishedAt: 3 }), 'TerminationByKubelet', 6).withPhase(
          'Failed',
          'Evicted',
        ),
        undefined,
        'Completed',
      ],
      [
        '137 at a limit when evicted',
        disrupted(
          aPod().withMemoryLimit('1Gi').ended({ exitCode: 137, finishedAt: 7 }),
          'TerminationByKubelet',
          6,
        ).withPhase('Failed', 'Evicted'),
        undefined,
        'Evicted',
      ],
      [
        'OOM before an eviction',
        disrupted(aPod().ended({ ...oom, finishedAt: 3 }), 'TerminationByKubelet', 6).withPhase(
          'Failed',
          'Evicted',
        ),
        undefined,
        'OutOfMemory',
      ],
      [
        'exit 0 before its own deadline',
        aPod()
          .withActiveDeadline(10)
          .ended({ exitCode: 0, finishedAt: 4 })
          .withPhase('Failed', 'DeadlineExceeded'),
        undefined,
        'Completed',
      ],
      [
        'exit 0 at its own deadline',
        aPod()
          .withActiveDeadline(10)
          .ended({ exitCode: 0, finishedAt: 10 })
          .withPhase('Failed', 'DeadlineExceeded'),
        undefined,
        'DeadlineExceeded',
      ],
      [
        'sidecar failed, main did not',
        aPod()
          .ended({ exitCode: 0, finishedAt: 9 })
          .sidecarEnded('log', { exitCode: 1, finishedAt: 3 })
          .withPhase('Failed'),
        undefined,
        'Completed',
      ],
      [
        'sidecar failed before main',
        aPod().ended({ exitCode: 3, finishedAt: 9 }).sidecarEnded('log', { exitCode: 1, finishedAt: 3 }),
        undefined,
        'SidecarFailed',
      ],
      [
        'sidecar failed after main',
        aPod().ended({ exitCode: 3, finishedAt: 3 }).sidecarEnded('log', { exitCode: 1, finishedAt: 9 }),
        undefined,
        'ExitCode',
      ],
      [
        'sidecar OOM before main',
        aPod()
          .ended({ exitCode: 3, finishedAt: 9 })
          .sidecarEnded('log', { ...oom, finishedAt: 3 }),
        undefined,
        'OutOfMemory',
      ],
      [
        'OOM of main after a sidecar failed',
        aPod()
          .ended({ ...oom, finishedAt: 9 })
          .sidecarEnded('log', { exitCode: 1, finishedAt: 3 }),
        undefined,
        'OutOfMemory',
      ],
      [
        'native sidecar failed after main',
        aPod()
          .initEnded('log', { exitCode: 143, finishedAt: 11 }, 'Always')
          .ended({ exitCode: 3, finishedAt: 9 }),
        undefined,
        'ExitCode',
      ],
      [
        'a lost node whose kubelet never answered',
        disrupted(
          aPod().ended({ exitCode: 137, reason: 'ContainerStatusUnknown' }),
          'DeletionByTaintManager',
        ).deletedAt(0),
        undefined,
        'NodeLost',
      ],
      [
        'a guessed 137 at a limit',
        aPod().withMemoryLimit('1Gi').ended({ exitCode: 137, reason: 'ContainerStatusUnknown' }),
        undefined,
        'Unknown',
      ],
    ])('%s', (_name, pod, stored, reason) => {
      expect(classifyPodEnd(pod.build(), stored).reason).toBe(reason);
    });
  });

  it('keeps the exit code of main whatever the reason', () => {
    expect(
      classifyPodEnd(aPod().ended({ exitCode: 143, finishedAt: 7 }).deletedAt(6).build(), verdict),
    ).toMatchObject({
      outcome: 'Failed',
      exitCode: 143,
    });
  });

  it('never makes a message longer than a status may hold', () => {
    const end = classifyPodEnd(aPod().withPhase('Failed', 'Evicted', 'é'.repeat(5000)).build(), undefined);
    expect(Buffer.byteLength(end.message)).toBeLessThanOrEqual(1024);
  });
});

describe('classifyPodEnd, told what the cluster said about the pod', () => {
  const gone = { exists: false, ready: false, outOfService: false, notReadySince: undefined };
  const deleted = aPod().ended({ exitCode: 143, finishedAt: 10 }).deletedAt(5);
  const said = (reason: string, message: string, source: string, container?: string): PodEvent => ({
    type: 'Warning',
    reason,
    message,
    count: 1,
    at: 0,
    source,
    ...(container === undefined ? {} : { container }),
  });

  it.each<[string, PodBuilder, PodEvent[], string, string]>([
    [
      'an autoscaler that removes the node',
      deleted,
      [said('ScaleDown', 'deleting pod for node scale down', 'cluster-autoscaler')],
      'PodDeleted',
      'cluster-autoscaler said: deleting pod for node scale down (ScaleDown)',
    ],
    [
      'a drain by a node provisioner',
      disrupted(aPod().ended({ exitCode: 143 }), 'EvictionByEvictionAPI'),
      [said('Evicted', 'Evicted pod: underutilized', 'karpenter')],
      'Evicted',
      'karpenter said: Evicted pod: underutilized',
    ],
    [
      'who took its place',
      disrupted(aPod().ended({ exitCode: 143 }), 'PreemptionByScheduler'),
      [said('Preempted', 'Preempted by pod 9f1c on node node1', 'default-scheduler')],
      'Preempted',
      'Preempted by pod 9f1c on node node1',
    ],
    [
      'a preStop hook that failed when somebody deleted the pod',
      deleted,
      [said('FailedPreStopHook', 'PreStopHook failed', 'kubelet', 'main')],
      'PreStopFailed',
      'deleted by somebody else, and the preStop hook of container main failed: PreStopHook failed',
    ],
    [
      'a liveness probe, where the exit code looks like a lack of memory',
      aPod().withMemoryLimit('1Gi').ended({ exitCode: 137 }),
      [
        said('Unhealthy', 'Liveness probe failed: 500', 'kubelet', 'main'),
        said('Killing', 'Container main failed liveness probe', 'kubelet', 'main'),
      ],
      'Signal',
      'its node said: Container main failed liveness probe (Killing); Liveness probe failed: 500',
    ],
    [
      'nothing but the usual, where a container was killed at its limit',
      aPod().withMemoryLimit('1Gi').ended({ exitCode: 137 }),
      [said('Started', 'Started container main', 'kubelet', 'main')],
      'OutOfMemory',
      'most likely',
    ],
    [
      'the last words about a pod of which nothing else is known',
      aPod().withPhase('Failed'),
      [said('FailedKillPod', 'error killing pod', 'kubelet')],
      'Unknown',
      'the last Event about it: error killing pod (FailedKillPod)',
    ],
  ])('%s', (_name, pod, events, reason, sentence) => {
    const without = classifyPodEnd(pod.build(), undefined);
    const end = classifyPodEnd(pod.build(), undefined, { events });
    expect(without.eventsTell).toBe(true);
    expect(end.reason).toBe(reason);
    expect(end.message).toContain(sentence);
    expect(end.eventsTell).toBeUndefined();
  });

  it.each<[string, PodBuilder, Verdict | undefined]>([
    ['a success', aPod().ended({ exitCode: 0 }), undefined],
    ['a plain failure', aPod().ended({ exitCode: 3 }), undefined],
    ['an end of our own making', deleted, verdict],
    ['an eviction by the node', aPod().withPhase('Failed', 'Evicted'), undefined],
  ])('does not ask for Events about %s', (_name, pod, stored) => {
    expect(classifyPodEnd(pod.build(), stored).eventsTell).toBeUndefined();
  });

  it('does not blame a component that only watched', () => {
    const events = [
      said('Killing', 'Stopping container main', 'kubelet', 'main'),
      said('TaintManagerEviction', 'Cancelling deletion of Pod team/nightly-m1', 'taint-eviction-controller'),
    ];
    expect(classifyPodEnd(deleted.build(), undefined, { events }).message).toBe(
      'pod nightly-m1 was deleted by somebody else; container main then ended with exit code 143',
    );
  });

  it('calls a main whose end nobody reported lost with its node, and keeps an end that was reported', () => {
    const end = (pod: PodBuilder) => classifyPodEnd(pod.build(), undefined, { node: gone });
    expect(end(aPod().running())).toMatchObject({ outcome: 'Lost', reason: 'NodeLost' });
    expect(end(aPod().mainEnded({ exitCode: 0 }))).toMatchObject({ outcome: 'Succeeded' });
    expect(end(aPod().mainEnded({ exitCode: 3 }))).toMatchObject({ reason: 'ExitCode', exitCode: 3 });
  });
});

describe('classifyVanishedPod', () => {
  it('blames whoever removed our finalizer', () => {
    expect(classifyVanishedPod('nightly-m1', undefined)).toMatchObject({
      outcome: 'Failed',
      reason: 'PodDeleted',
    });
  });

  it('keeps our verdict when we had passed one', () => {
    expect(classifyVanishedPod('nightly-m1', { ...verdict, reason: 'Cancelled' })).toMatchObject({
      outcome: outcomeOf('Cancelled'),
      reason: 'Cancelled',
    });
  });
});
