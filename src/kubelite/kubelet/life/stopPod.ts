import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { isSidecar, type Pod } from '../pod.ts';
import type { ContainerStop, ContainerTask } from './containerTask.ts';
import { runLifecycleHook } from './lifecycleHook.ts';
import type { Sandbox } from './sandbox.ts';
import { fieldPath } from './startContainer.ts';
import type { WorkerTools } from './workerTools.ts';

/** A container gets this long between TERM and KILL whatever the grace; Kubernetes' kubelet has the same minimum. */
const SHORTEST_GRACE_MS = 2_000;
/** A container that outlives its KILL (a group that forked meanwhile) gets another after this. */
const KILL_AGAIN_MS = 1_000;

/** A pod that is being ended. */
export interface StopOrder {
  readonly tools: WorkerTools;
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  task(container: string): ContainerTask;
  /** ms since the epoch at which the grace is over; may come closer between two calls. */
  readonly deadline: number;
  /** Looks at the pod again. */
  look(): void;
}

/**
 * Takes the next step in stopping all that runs: main containers together, then sidecars one by one in reverse order;
 * each gets its preStop hook, TERM, and at the end of the pod's grace KILL. Returns ms until it wants to be called
 * again, undefined when nothing runs any more.
 */
export function stopStep(order: StopOrder): number | undefined {
  const turn = nextToStop(order);
  if (turn.length === 0) return undefined;
  return Math.min(...turn.map((container) => stopContainer(order, container)));
}

/** ms until this container wants attention again. */
function stopContainer(order: StopOrder, container: Container): number {
  const task = order.task(container.name);
  if (!task.stop) task.stop = beginStop(order, container);
  const now = order.tools.clock.now();
  const { termAt, hook } = task.stop;
  if (termAt === undefined) {
    if (now >= order.deadline) hook.abort(new Error('the grace period is over'));
    return Math.max(order.deadline - now, KILL_AGAIN_MS);
  }
  const killAt = Math.max(order.deadline, termAt + SHORTEST_GRACE_MS);
  if (now < killAt) return killAt - now;
  order.sandbox.signal(container.name, 'KILL');
  return KILL_AGAIN_MS;
}

function nextToStop(order: StopOrder): readonly Container[] {
  const runs = (container: Container) => order.sandbox.attempts(container.name).at(-1)?.kind === 'running';
  const init = order.pod.spec.initContainers ?? [];
  const first = [...order.pod.spec.containers, ...init.filter((one) => !isSidecar(one))].filter(runs);
  if (first.length > 0) return first;
  const sidecar = init.filter((one) => isSidecar(one) && runs(one)).at(-1);
  return sidecar ? [sidecar] : [];
}

function beginStop(order: StopOrder, container: Container): ContainerStop {
  const { tools, pod, sandbox } = order;
  const stop: ContainerStop = { termAt: undefined, hook: new AbortController() };
  tools.events.emit(
    pod,
    'Normal',
    'Killing',
    `Stopping container ${container.name}`,
    fieldPath(pod, container),
  );
  const term = () => {
    stop.termAt = tools.clock.now();
    sandbox.signal(container.name, 'TERM');
  };
  const hook = container.lifecycle?.preStop;
  if (!hook) {
    term();
    return stop;
  }
  void runLifecycleHook({ tools, pod, sandbox, container, hook, signal: stop.hook.signal }).then(
    (failure) => {
      if (failure !== undefined) tellFailedHook(order, container, failure);
      term();
      order.look();
    },
  );
  return stop;
}

function tellFailedHook({ tools, pod }: StopOrder, container: Container, why: string): void {
  const field = fieldPath(pod, container);
  tools.events.emit(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', field);
  tools.log.warn('preStop hook failed', { pod: pod.metadata.name, container: container.name, why });
}
