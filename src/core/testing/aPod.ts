import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  PodCondition,
} from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER, GATE, LABEL } from '../naming/naming.ts';
import type { Stage } from '../run/run.ts';
import { RUN_UID } from './aRun.ts';
import { at } from './fixedClock.ts';

/** How a container ended, for a test: seconds are after NOW. */
export interface EndedContainer {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
  readonly signal?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** A pod for a test: main pod of attempt 1, bound to node1, its container not started. */
export class PodBuilder {
  readonly #pod: Pod;

  constructor(pod: Pod) {
    this.#pod = pod;
  }

  named(name: string, uid: string): PodBuilder {
    return this.#metadata({ name, uid });
  }

  ofStage(stage: Stage): PodBuilder {
    const finalizers = stage === 'main' ? [FINALIZER.outcome] : [];
    return this.#metadata({ labels: { ...this.#pod.metadata?.labels, [LABEL.stage]: stage }, finalizers });
  }

  /** Behind our gate, on no node. */
  gated(): PodBuilder {
    const { nodeName: _, ...spec } = this.#pod.spec ?? { containers: [] };
    return this.#spec({ ...spec, schedulingGates: [{ name: GATE }] }).withCondition('PodScheduled', 'False', {
      reason: 'SchedulingGated',
    });
  }

  unbound(): PodBuilder {
    const { nodeName: _, ...spec } = this.#pod.spec ?? { containers: [] };
    return this.#spec(spec);
  }

  /** Deletion asked for so many seconds after NOW. */
  deletedAt(seconds: number, graceSeconds = 30): PodBuilder {
    return this.#metadata({
      deletionTimestamp: at(seconds + graceSeconds),
      deletionGracePeriodSeconds: graceSeconds,
    });
  }

  released(): PodBuilder {
    return this.#metadata({ finalizers: [] });
  }

  running(startedAt = 0): PodBuilder {
    return this.#status({ phase: 'Running' }).#container('main', { running: { startedAt: at(startedAt) } });
  }

  waiting(reason: string, message = '', container = 'main'): PodBuilder {
    return this.#container(container, { waiting: { reason, message } });
  }

  /** Main has ended, and with it the pod. */
  ended(end: EndedContainer): PodBuilder {
    return this.#status({ phase: end.exitCode === 0 ? 'Succeeded' : 'Failed' }).#container('main', {
      terminated: terminated(end),
    });
  }

  /** Main has ended; the pod's phase does not say so. */
  mainEnded(end: EndedContainer): PodBuilder {
    return this.#container('main', { terminated: terminated(end) });
  }

  withPhase(phase: string, reason?: string, message?: string): PodBuilder {
    return this.#status({
      phase,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    });
  }

  /** Another container beside main. */
  sidecarEnded(name: string, end: EndedContainer): PodBuilder {
    const containers = [...(this.#pod.spec?.containers ?? []), { name, image: 'busybox:1' }];
    return this.#spec({ ...this.#pod.spec, containers }).#container(name, { terminated: terminated(end) });
  }

  initEnded(name: string, end: EndedContainer, restartPolicy?: 'Always'): PodBuilder {
    const init = { name, image: 'busybox:1', ...(restartPolicy === undefined ? {} : { restartPolicy }) };
    const initContainers = [...(this.#pod.spec?.initContainers ?? []), init];
    const spec = { containers: [], ...this.#pod.spec, initContainers };
    return this.#spec(spec).#container(name, { terminated: terminated(end) }, 'initContainerStatuses');
  }

  withMemoryLimit(memory: string): PodBuilder {
    const [first, ...others] = this.#pod.spec?.containers ?? [];
    const main = { ...first, name: 'main', resources: { limits: { memory } } };
    return this.#spec({ ...this.#pod.spec, containers: [main, ...others] });
  }

  withConfigVolume(name: string, configMap: string): PodBuilder {
    const volumes = [...(this.#pod.spec?.volumes ?? []), { name, configMap: { name: configMap } }];
    return this.#spec({ containers: [], ...this.#pod.spec, volumes });
  }

  withActiveDeadline(seconds: number): PodBuilder {
    return this.#spec({ containers: [], ...this.#pod.spec, activeDeadlineSeconds: seconds }).#status({
      startTime: at(0),
    });
  }

  withCondition(
    type: string,
    status: 'True' | 'False',
    detail: { readonly reason?: string; readonly message?: string; readonly atSeconds?: number } = {},
  ): PodBuilder {
    const { atSeconds = 0, ...said } = detail;
    const condition: PodCondition = { type, status, lastTransitionTime: at(atSeconds), ...said };
    const others = (this.#pod.status?.conditions ?? []).filter((one) => one.type !== type);
    return this.#status({ conditions: [...others, condition] });
  }

  build(): Pod {
    return this.#pod;
  }

  #metadata(change: NonNullable<Pod['metadata']>): PodBuilder {
    return new PodBuilder({ ...this.#pod, metadata: { ...this.#pod.metadata, ...change } });
  }

  #spec(spec: NonNullable<Pod['spec']>): PodBuilder {
    return new PodBuilder({ ...this.#pod, spec });
  }

  #status(change: NonNullable<Pod['status']>): PodBuilder {
    return new PodBuilder({ ...this.#pod, status: { ...this.#pod.status, ...change } });
  }

  #container(
    name: string,
    state: ContainerState,
    list: 'containerStatuses' | 'initContainerStatuses' = 'containerStatuses',
  ): PodBuilder {
    const status: ContainerStatus = {
      name,
      state,
      image: 'busybox:1',
      imageID: '',
      ready: false,
      restartCount: 0,
    };
    const others = (this.#pod.status?.[list] ?? []).filter((one) => one.name !== name);
    return this.#status({ [list]: [...others, status] });
  }
}

/** Begins a pod. */
export function aPod(): PodBuilder {
  return new PodBuilder({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'nightly-m1',
      namespace: 'team',
      uid: 'pod-1',
      labels: { [LABEL.runUid]: RUN_UID, [LABEL.stage]: 'main', [LABEL.attempt]: '1' },
      finalizers: [FINALIZER.outcome],
      ownerReferences: [{ apiVersion: 'endwell.dev/v1', kind: 'Run', name: 'nightly', uid: RUN_UID }],
    },
    spec: { nodeName: 'node1', containers: [{ name: 'main', image: 'busybox:1' }] },
    status: { phase: 'Pending' },
  });
}

function terminated(end: EndedContainer): ContainerStateTerminated {
  const { startedAt = 0, finishedAt = 10, ...rest } = end;
  return {
    reason: end.exitCode === 0 ? 'Completed' : 'Error',
    ...rest,
    startedAt: at(startedAt),
    finishedAt: at(finishedAt),
  };
}
