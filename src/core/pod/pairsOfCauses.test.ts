import { describe, expect, it } from 'vitest';
import type { ReasonCode } from '../reasons/catalogue.ts';
import type { Verdict } from '../run/run.ts';
import { aPod, type PodBuilder } from '../testing/aPod.ts';
import { ranTooLong } from '../testing/aVerdict.ts';
import { at } from '../testing/fixedClock.ts';
import { classifyPodEnd, POD_END_TABLE } from './classifyPodEnd.ts';
import { type Beside, endFactsOf } from './podEnd.ts';

/** One cause, as it shows: main ends at second 10, whatever takes the pod away comes at second 5. */
interface Cause {
  readonly row: string;
  readonly reason: ReasonCode;
  readonly on: (pod: PodBuilder) => PodBuilder;
  readonly verdict?: Verdict;
  readonly beside?: Beside;
}

const OOM = { exitCode: 137, reason: 'OOMKilled' };
const KILLED = { exitCode: 137 };
const verdict = ranTooLong(4);
const hook = {
  type: 'Warning',
  reason: 'FailedPreStopHook',
  message: 'failed',
  count: 1,
  at: 0,
  source: 'kubelet',
};
const disrupted =
  (reason: string, message = 'because') =>
  (pod: PodBuilder) =>
    pod.withCondition('DisruptionTarget', 'True', { reason, message, atSeconds: 5 });

/** The causes in the order in which they count. This list is the promise; the table must keep it. */
const CAUSES: readonly Cause[] = [
  { row: 'our verdict', reason: 'RunTimeout', on: (pod) => pod.deletedAt(5), verdict },
  {
    row: 'evicted by its node',
    reason: 'Evicted',
    on: (pod) => disrupted('TerminationByKubelet')(pod.withPhase('Failed', 'Evicted', 'low')),
  },
  { row: 'evicted through the API', reason: 'Evicted', on: disrupted('EvictionByEvictionAPI') },
  { row: 'evicted by a taint', reason: 'Evicted', on: disrupted('DeletionByTaintManager') },
  { row: 'preempted', reason: 'Preempted', on: disrupted('PreemptionByScheduler') },
  {
    row: 'node shut down',
    reason: 'NodeShutdown',
    on: (pod) => pod.withPhase('Failed', 'Terminated', 'imminent node shutdown'),
  },
  {
    row: 'node lost',
    reason: 'NodeLost',
    on: (pod) => pod.running(),
    beside: { node: { exists: false, ready: false, outOfService: false, notReadySince: undefined } },
  },
  { row: 'node lost', reason: 'NodeLost', on: disrupted('DeletionByPodGC') },
  {
    row: 'preStop hook failed',
    reason: 'PreStopFailed',
    on: (pod) => pod.deletedAt(5),
    beside: { events: [hook] },
  },
  { row: 'deleted by somebody', reason: 'PodDeleted', on: (pod) => pod.deletedAt(5) },
  {
    row: 'deleted by somebody',
    reason: 'PodDeleted',
    on: (pod) => pod.deletedAt(11, 0),
    beside: { askedAt: Date.parse(at(5)) },
  },
  {
    row: 'deleted by somebody',
    reason: 'PodDeleted',
    on: (pod) => pod.deletedAt(11, 0),
    beside: { events: [{ ...hook, reason: 'Killing', message: 'Stopping container main' }] },
  },
  {
    row: "pod's own deadline",
    reason: 'DeadlineExceeded',
    on: (pod) => pod.withActiveDeadline(5).withPhase('Failed', 'DeadlineExceeded'),
  },
  { row: 'main completed', reason: 'Completed', on: (pod) => pod.ended({ exitCode: 0 }) },
  {
    row: 'end not seen',
    reason: 'Unknown',
    on: (pod) => pod.ended({ exitCode: 137, reason: 'ContainerStatusUnknown' }),
  },
  { row: 'main out of memory', reason: 'OutOfMemory', on: (pod) => pod.ended(OOM) },
  {
    row: 'main could not run',
    reason: 'ContainerCannotRun',
    on: (pod) => pod.ended({ exitCode: 128, reason: 'StartError' }),
  },
  { row: 'init out of memory', reason: 'OutOfMemory', on: (pod) => pod.initEnded('copy', OOM) },
  { row: 'init failed', reason: 'InitFailed', on: (pod) => pod.initEnded('copy', { exitCode: 2 }) },
  {
    row: 'sidecar out of memory',
    reason: 'OutOfMemory',
    on: (pod) => pod.sidecarEnded('log', { ...OOM, finishedAt: 3 }),
  },
  {
    row: 'sidecar failed',
    reason: 'SidecarFailed',
    on: (pod) => pod.sidecarEnded('log', { exitCode: 1, finishedAt: 3 }),
  },
  {
    row: 'main killed at its memory limit',
    reason: 'OutOfMemory',
    on: (pod) => pod.withMemoryLimit('1Gi').ended(KILLED),
  },
  { row: 'signal', reason: 'Signal', on: (pod) => pod.ended({ exitCode: 143 }) },
  { row: 'exit code', reason: 'ExitCode', on: (pod) => pod.ended({ exitCode: 3 }) },
  { row: 'refused by its node', reason: 'Unschedulable', on: (pod) => pod.withPhase('Failed', 'OutOfcpu') },
];

interface Case {
  readonly title: string;
  readonly pod: PodBuilder;
  readonly stored: Verdict | undefined;
  readonly beside: Beside;
  readonly first: Cause;
  readonly second: Cause;
}

/** Both causes on one pod, in both orders; a pair that can't be had on one pod (two exit codes of main) is left out. */
function pairs(): Case[] {
  return CAUSES.flatMap((first, at1) =>
    CAUSES.slice(at1 + 1).flatMap((second) => {
      const pods = [first.on(second.on(base(second))), second.on(first.on(base(first)))];
      const stored = first.verdict ?? second.verdict;
      const beside = { events: [], ...second.beside, ...first.beside };
      return pods
        .filter((pod) => [first, second].every(({ row }) => matches(row, pod, stored, beside)))
        .map((pod) => ({ title: `${first.row}, with ${second.row}`, pod, stored, beside, first, second }));
    }),
  );
}

/** What takes a pod away takes one whose main is told to end by it; causes of containers begin with none. */
function base(cause: Cause): PodBuilder {
  return CAUSES.indexOf(cause) < 5 ? aPod().ended({ exitCode: 143 }) : aPod();
}

function matches(row: string, pod: PodBuilder, stored: Verdict | undefined, beside: Beside): boolean {
  const facts = endFactsOf(pod.build(), stored, beside);
  return POD_END_TABLE.find((one) => one.row === row)?.match(facts) !== undefined;
}

describe('POD_END_TABLE', () => {
  it('keeps the order of causes', () => {
    expect(POD_END_TABLE.map(({ row }) => row)).toEqual([...new Set(CAUSES.map(({ row }) => row))]);
  });

  it.each(CAUSES)('$row: says $reason', ({ row, reason, on, verdict: stored, beside = {} }) => {
    const pod = on(['evicted by a taint'].includes(row) ? aPod().ended({ exitCode: 143 }) : aPod());
    expect(classifyPodEnd(pod.build(), stored, beside).reason).toBe(reason);
  });
});

describe('classifyPodEnd, of two causes at once', () => {
  const cases = pairs();

  it('is tried on most pairs that there are', () => {
    const had = new Set(cases.map(({ title }) => title));
    expect(had.size).toBeGreaterThan(100);
  });

  it.each(cases)('$title: the earlier one', ({ pod, stored, beside, first }) => {
    expect(classifyPodEnd(pod.build(), stored, beside).reason).toBe(first.reason);
  });
});
