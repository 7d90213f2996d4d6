import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { isSidecar, type Pod } from '../pod.ts';
import type { Attempt } from './attempt.ts';

/** What is known of a pod's containers when the next step is chosen. */
export interface PodView {
  readonly pod: Pod;
  /** Oldest first. */
  attempts(container: string): readonly Attempt[];
  /** A running container that may be relied on: its startup probe, if any, has passed. */
  hasStarted(container: string): boolean;
}

/** What to do next with a pod that nobody ends. */
export type PodPlan =
  | { readonly kind: 'run'; readonly start: readonly Container[] }
  | { readonly kind: 'end'; readonly phase: 'Succeeded' | 'Failed' };

/**
 * The containers to start now, or that the pod has ended. Back-off is not considered: a container that is
 * named here and has to wait is simply started later. Order and rules are Kubernetes': init containers one after
 * another, each sidecar before what follows it, main containers together; restarts by the pod's policy, sidecars always.
 */
export function planPod(view: PodView): PodPlan {
  const mains = view.pod.spec.containers;
  if (mains.some((container) => last(view, container))) return planMains(view);
  const start: Container[] = [];
  for (const container of view.pod.spec.initContainers ?? []) {
    const step = isSidecar(container) ? sidecarStep(view, container) : initStep(view, container);
    if (step === 'failed') return { kind: 'end', phase: 'Failed' };
    if (step === 'start') start.push(container);
    if (step !== 'passed') return { kind: 'run', start };
  }
  return { kind: 'run', start: mains };
}

function planMains(view: PodView): PodPlan {
  const start: Container[] = [];
  let alive = false;
  for (const container of view.pod.spec.containers) {
    const attempt = last(view, container);
    if (attempt?.kind === 'running') alive = true;
    else if (!attempt || restarts(view.pod, attempt.exitCode)) start.push(container);
  }
  if (!alive && start.length === 0) return { kind: 'end', phase: phaseOfMains(view) };
  for (const container of view.pod.spec.initContainers ?? []) {
    if (isSidecar(container) && last(view, container)?.kind !== 'running') start.push(container);
  }
  return { kind: 'run', start };
}

/** The phase of a pod none of whose containers will run again: Succeeded when every main container ended with 0. */
export function phaseOfMains(view: Pick<PodView, 'pod' | 'attempts'>): 'Succeeded' | 'Failed' {
  const good = view.pod.spec.containers.every((container) => {
    const attempt = view.attempts(container.name).at(-1);
    return attempt?.kind === 'ended' && attempt.exitCode === 0;
  });
  return good ? 'Succeeded' : 'Failed';
}

/** True when the pod's policy has a container started again after this exit code. */
export function restarts(pod: Pod, exitCode: number): boolean {
  const policy = pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function initStep(view: PodView, container: Container): 'passed' | 'waits' | 'start' | 'failed' {
  const attempt = last(view, container);
  if (!attempt) return 'start';
  if (attempt.kind === 'running') return 'waits';
  if (attempt.exitCode === 0) return 'passed';
  return view.pod.spec.restartPolicy === 'Never' ? 'failed' : 'start';
}

function sidecarStep(view: PodView, container: Container): 'passed' | 'waits' | 'start' {
  if (last(view, container)?.kind !== 'running') return 'start';
  return view.hasStarted(container.name) ? 'passed' : 'waits';
}

function last(view: PodView, container: Container): Attempt | undefined {
  return view.attempts(container.name).at(-1);
}
