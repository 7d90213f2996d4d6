import type { Container, Probe } from 'kubernetes-types/core/v1.d.ts';
import type { Timer } from '../../../ports/clock.ts';
import { allContainers, type Pod } from '../pod.ts';
import type { ContainerTask } from './containerTask.ts';
import { probeHttp, probeTcp } from './httpProbe.ts';
import type { Sandbox } from './sandbox.ts';
import { fieldPath } from './startContainer.ts';
import type { WorkerTools } from './workerTools.ts';

/** Probes of the running containers of one pod. */
export interface Probes {
  /** Starts the probes of containers that run and ends those of others; undefined: ends all. */
  follow(pod: Pod | undefined): void;
  stop(): void;
}

/** What probes read and change. */
export interface ProbeTools {
  readonly tools: WorkerTools;
  readonly sandbox: Sandbox;
  task(container: string): ContainerTask;
  look(): void;
}

type Kind = 'startup' | 'readiness' | 'liveness';

/** How Kubernetes' events name each probe. */
const TITLES = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const;

/**
 * Startup, readiness and liveness probes as Kubernetes runs them: results go to the container's task, and a container
 * that fails its startup or liveness probe is killed (the pod's restart policy decides what follows).
 */
export function watchProbes(context: ProbeTools): Probes {
  const running = new Map<string, () => void>();

  function follow(pod: Pod | undefined): void {
    const wanted = new Set<string>();
    for (const container of pod ? allContainers(pod) : []) {
      const latest = context.sandbox.attempts(container.name).at(-1);
      if (!pod || latest?.kind !== 'running') continue;
      for (const kind of ['startup', 'readiness', 'liveness'] as const) {
        const probe = container[`${kind}Probe`];
        if (!probe) continue;
        const key = `${latest.id}/${kind}`;
        wanted.add(key);
        if (!running.has(key)) running.set(key, runProbe(context, pod, container, kind, probe));
      }
    }
    for (const [key, stop] of running) {
      if (wanted.has(key)) continue;
      stop();
      running.delete(key);
    }
  }

  return { follow, stop: () => follow(undefined) };
}

/** Repeats one probe until the returned function is called. Defaults are Kubernetes'. */
function runProbe(context: ProbeTools, pod: Pod, container: Container, kind: Kind, probe: Probe): () => void {
  const { clock } = context.tools;
  const aborter = new AbortController();
  const counts = { good: 0, bad: 0 };
  let timer: Timer | undefined;

  function again(ms: number): void {
    if (!aborter.signal.aborted) timer = clock.after(ms, () => void once());
  }

  async function once(): Promise<void> {
    const task = context.task(container.name);
    if (kind === 'startup' ? !task.started : task.started) {
      const failure = await tryProbe(context, pod, container, probe, aborter.signal);
      if (aborter.signal.aborted) return;
      counts.good = failure === undefined ? counts.good + 1 : 0;
      counts.bad = failure === undefined ? 0 : counts.bad + 1;
      if (failure !== undefined) tellFailure(context, pod, container, kind, failure);
      judge(context, pod, container, kind, probe, counts);
    }
    again((probe.periodSeconds ?? 10) * 1000);
  }

  again((probe.initialDelaySeconds ?? 0) * 1000);
  return () => {
    timer?.cancel();
    aborter.abort(new Error('the container is not probed any more'));
  };
}

function judge(
  context: ProbeTools,
  pod: Pod,
  container: Container,
  kind: Kind,
  probe: Probe,
  counts: { readonly good: number; readonly bad: number },
): void {
  const task = context.task(container.name);
  const passed = counts.good >= (probe.successThreshold ?? 1);
  const failed = counts.bad >= (probe.failureThreshold ?? 3);
  if (kind === 'startup' && passed) {
    task.started = true;
    task.ready = !container.readinessProbe;
    context.look();
  }
  if (kind === 'readiness' && (passed ? !task.ready : failed && task.ready)) {
    task.ready = passed;
    context.look();
  }
  if (kind !== 'readiness' && failed) killUnhealthy(context, pod, container, kind, probe);
}

function killUnhealthy(
  { tools, sandbox }: ProbeTools,
  pod: Pod,
  container: Container,
  kind: Kind,
  probe: Probe,
): void {
  const id = sandbox.attempts(container.name).at(-1)?.id;
  const never = pod.spec.restartPolicy === 'Never';
  const message = `Container ${container.name} failed ${kind} probe${never ? '' : ', will be restarted'}`;
  tools.events.emit(pod, 'Normal', 'Killing', message, fieldPath(pod, container));
  const grace = probe.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  sandbox.signal(container.name, 'TERM');
  tools.clock.after(Math.max(grace, 2) * 1000, () => {
    if (sandbox.attempts(container.name).at(-1)?.id === id) sandbox.signal(container.name, 'KILL');
  });
}

/** Undefined when the probe succeeded, else why it didn't. */
async function tryProbe(
  { tools, sandbox }: ProbeTools,
  pod: Pod,
  container: Container,
  probe: Probe,
  stop: AbortSignal,
): Promise<string | undefined> {
  const aborter = new AbortController();
  const limit = tools.clock.after((probe.timeoutSeconds ?? 1) * 1000, () =>
    aborter.abort(new Error('probe timed out')),
  );
  const signal = AbortSignal.any([stop, aborter.signal]);
  try {
    if (probe.httpGet) return await probeHttp(probe.httpGet, container, signal);
    if (probe.tcpSocket) return await probeTcp(probe.tcpSocket, container, signal);
    if (!probe.exec) return undefined;
    const { exitCode, output } = await sandbox.exec(pod, container, probe.exec.command ?? [], signal);
    return exitCode === 0 ? undefined : output;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    limit.cancel();
  }
}

function tellFailure(
  { tools }: ProbeTools,
  pod: Pod,
  container: Container,
  kind: Kind,
  failure: string,
): void {
  const message = `${TITLES[kind]} probe failed: ${failure}`;
  tools.events.emit(pod, 'Warning', 'Unhealthy', message, fieldPath(pod, container));
}
