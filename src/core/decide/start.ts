import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { hasMainStarted, mainStartedAt, podCondition, uidOf } from '../pod/podFacts.ts';
import { pulledAt } from '../pod/pulledAt.ts';
import { isTrue, withCondition } from '../run/conditions.ts';
import type { RunStatus, Timeline } from '../run/run.ts';
import { withLastAttempt } from '../run/status.ts';
import type { StepInput } from './step.ts';

/** The status with the start of main recorded, if it has started and that is not on record; phase unchanged. */
export function withStart(input: StepInput, status: RunStatus, pod: Pod): RunStatus {
  const startedAt = mainStartedAt(pod);
  if (!hasMainStarted(pod) || startedAt === undefined || isTrue(status, 'Started')) {
    return status;
  }
  const node = pod.spec?.nodeName;
  const attempt = withLastAttempt(status, { startedAt, ...(node === undefined ? {} : { node }) });
  return withCondition(
    { ...attempt, timeline: { ...status.timeline, ...podTimeline(input, pod), startedAt } },
    { type: 'Started', status: 'True', reason: 'ContainerStarted' },
    input.now,
    input.run.metadata.generation,
  );
}

/** What the pod tells of its own start: the scheduler's and the kubelet's clocks, kept as facts and never subtracted. */
function podTimeline(input: StepInput, pod: Pod): Timeline {
  const at = (type: string) => {
    const condition = podCondition(pod, type);
    return condition?.status === 'True' ? condition.lastTransitionTime : undefined;
  };
  const scheduledAt = at('PodScheduled');
  const initialisedAt = at('Initialized');
  const pulled = pulledAt(pod, input.snapshot.podEvents.get(uidOf(pod))?.events);
  return {
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(initialisedAt === undefined ? {} : { initialisedAt }),
    ...(pulled === undefined ? {} : { pulledAt: pulled }),
  };
}
