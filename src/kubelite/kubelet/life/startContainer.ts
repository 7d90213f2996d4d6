import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { type Pod, podRef } from '../pod.ts';
import { afterFailure, restartDelay, spellDelay } from './backOff.ts';
import type { ContainerTask } from './containerTask.ts';
import { runLifecycleHook } from './lifecycleHook.ts';
import { ContainerProblem, type Sandbox } from './sandbox.ts';
import type { WorkerTools } from './workerTools.ts';

/** How long a failed pull is shown as such before it is shown as waiting for the next try. */
const SHOW_PULL_ERROR_MS = 2_000;
/** A start that failed for a reason that may go away is tried again after this; Kubernetes' order of magnitude. */
const RETRY_MS = 10_000;

/** One container that is to be started. */
export interface StartOrder {
  readonly tools: WorkerTools;
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  readonly container: Container;
  readonly task: ContainerTask;
  /** False once the pod is being ended. */
  readonly mayStart: () => boolean;
  /** Aborted when the pod is being ended. */
  readonly ending: AbortSignal;
}

/**
 * ms until this container may be started, 0 for now. What it waits for stands in `task.waiting` afterwards,
 * and is told once as an event.
 */
export function startDelay({ tools, pod, sandbox, container, task }: StartOrder): number {
  const now = tools.clock.now();
  if (now < task.notBefore) return task.notBefore - now;
  const pullAgainAt = task.pullFailedAt + task.pull.delayMs;
  if (task.pull.delayMs > 0 && now < pullAgainAt) {
    tellWaiting(
      tools,
      pod,
      container,
      task,
      'ImagePullBackOff',
      `Back-off pulling image "${container.image}": ${task.pullError}`,
    );
    return pullAgainAt - now;
  }
  const last = sandbox.attempts(container.name).at(-1);
  if (last?.kind !== 'ended') return 0;
  const crashed = restartDelay(task.crash, last.finishedAt - last.startedAt);
  if (now >= last.finishedAt + crashed) return 0;
  const sentence = `back-off ${spellDelay(crashed)} restarting failed container=${container.name} pod=${podRef(pod)}`;
  tellWaiting(tools, pod, container, task, 'CrashLoopBackOff', sentence);
  return last.finishedAt + crashed - now;
}

/** Pulls, starts, tells. Leaves in `task` what the container waits for when it could not be started. Never throws. */
export async function startContainer(order: StartOrder): Promise<void> {
  const { tools, container, task, sandbox } = order;
  const last = sandbox.attempts(container.name).at(-1);
  try {
    await pullImage(order);
    if (!order.mayStart()) return;
    if (last?.kind === 'ended') task.crash = afterFailure(task.crash, last.finishedAt - last.startedAt);
    task.started = !container.startupProbe;
    task.ready = task.started && !container.readinessProbe;
    await sandbox.start(order.pod, container, last ? last.number + 1 : 0, order.mayStart);
    task.waiting = undefined;
    await tellStart(order);
  } catch (error) {
    // A pull that was given up is no problem of the container.
    if (order.ending.aborted) return;
    keepProblem(order, error);
    tools.log.info('container was not started', { container: container.name, error: String(error) });
  }
}

async function pullImage({ tools, pod, sandbox, container, task, ending }: StartOrder): Promise<void> {
  const field = fieldPath(pod, container);
  if (sandbox.needsPull(container)) {
    tools.events.emit(pod, 'Normal', 'Pulling', `Pulling image "${container.image}"`, field);
  }
  const pulled = await sandbox.pull(container, ending);
  task.imageID = pulled.imageID;
  task.pull = { delayMs: 0 };
  tools.events.emit(pod, 'Normal', 'Pulled', pulledSentence(container, pulled.pulledMs), field);
}

function pulledSentence(container: Container, pulledMs: number | undefined): string {
  if (pulledMs === undefined) return `Container image "${container.image}" already present on machine`;
  const took = pulledMs < 1000 ? `${pulledMs}ms` : `${pulledMs / 1000}s`;
  return `Successfully pulled image "${container.image}" in ${took} (${took} including waiting)`;
}

async function tellStart(order: StartOrder): Promise<void> {
  const { tools, pod, container, sandbox } = order;
  const field = fieldPath(pod, container);
  const latest = sandbox.attempts(container.name).at(-1);
  if (!latest) return;
  tools.events.emit(pod, 'Normal', 'Created', `Created container: ${container.name}`, field);
  if (latest.kind === 'ended' && latest.reason === 'StartError') {
    tools.events.emit(pod, 'Warning', 'Failed', `Error: ${latest.message}`, field);
    return;
  }
  tools.events.emit(pod, 'Normal', 'Started', `Started container ${container.name}`, field);
  const hook = container.lifecycle?.postStart;
  if (!hook) return;
  const result = await runLifecycleHook({ ...order, hook, signal: new AbortController().signal });
  if (result === undefined) return;
  tools.events.emit(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', field);
  tools.log.warn('postStart hook failed', { container: container.name, why: result });
  sandbox.signal(container.name, 'KILL');
}

function keepProblem(order: StartOrder, error: unknown): void {
  const { tools, pod, container, task } = order;
  const now = tools.clock.now();
  const problem =
    error instanceof ContainerProblem ? error : new ContainerProblem('RunContainerError', messageOf(error));
  const field = fieldPath(pod, container);
  if (problem.reason === 'ErrImagePull') {
    const sentence = `Failed to pull image "${container.image}": ${problem.message}`;
    tools.events.emit(pod, 'Warning', 'Failed', sentence, field);
    task.pull = afterFailure(task.pull);
    task.pullFailedAt = now;
    task.pullError = `ErrImagePull: ${problem.message}`;
    task.notBefore = now + SHOW_PULL_ERROR_MS;
  } else {
    task.notBefore = now + RETRY_MS;
  }
  if (problem.reason === 'InvalidImageName') {
    tools.events.emit(pod, 'Warning', 'InspectFailed', problem.message, field);
  }
  tools.events.emit(pod, 'Warning', 'Failed', failedSentence(problem), field);
  task.waiting = { reason: problem.reason, message: problem.message };
}

/** Of a pull the event names the reason only, of anything else the sentence, as Kubernetes does. */
function failedSentence(problem: ContainerProblem): string {
  const short = problem.reason.startsWith('ErrImage') || problem.reason === 'InvalidImageName';
  return `Error: ${short ? problem.reason : problem.message}`;
}

function tellWaiting(
  tools: WorkerTools,
  pod: Pod,
  container: Container,
  task: ContainerTask,
  reason: string,
  message: string,
): void {
  if (task.waiting?.reason === reason && task.waiting.message === message) return;
  task.waiting = { reason, message };
  const field = fieldPath(pod, container);
  if (reason === 'CrashLoopBackOff') {
    const sentence = `Back-off restarting failed container ${container.name} in pod ${podRef(pod)}`;
    tools.events.emit(pod, 'Warning', 'BackOff', sentence, field);
    return;
  }
  tools.events.emit(pod, 'Normal', 'BackOff', `Back-off pulling image "${container.image}"`, field);
  tools.events.emit(pod, 'Warning', 'Failed', `Error: ${reason}`, field);
}

/** `spec.containers{main}`: how an Event names a container. */
export function fieldPath(pod: Pod, container: Container): string {
  const main = pod.spec.containers.some((one) => one.name === container.name);
  return `spec.${main ? 'containers' : 'initContainers'}{${container.name}}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
