import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { Pod } from '../pod.ts';
import type { Attempt } from './attempt.ts';

/** A container that can't be started now. `reason` is what the status shows as its waiting reason. */
export class ContainerProblem extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ContainerProblem';
    this.reason = reason;
  }
}

/** A volume that can't be set up now; the pod waits for it. */
export class MountProblem extends Error {
  readonly volume: string;

  constructor(volume: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MountProblem';
    this.volume = volume;
  }
}

/** What pulling found. */
export interface PulledImage {
  readonly imageID: string;
  /** How long the pull took; undefined when the image was there. */
  readonly pulledMs: number | undefined;
}

/** How a command that ran beside a container's main process ended. */
export interface ExecResult {
  readonly exitCode: number;
  /** Both output streams, as they came. */
  readonly output: string;
}

/** What a sandbox tells its pod. */
export interface SandboxEvents {
  /** An attempt of a container ended. */
  onEnd(): void;
  /** The pod has to leave this node. */
  onEvict(message: string): void;
}

/** One pod's containers on a node, whatever they really are. The life of the pod is decided above it. */
export interface Sandbox {
  /** The last two attempts of a container, oldest first. */
  attempts(container: string): readonly Attempt[];
  /** True when pulling takes time, so that it is told. */
  needsPull(container: Container): boolean;
  /** Makes sure that the image is there. Throws `ContainerProblem`, and anything once `signal` is aborted: nobody wants it then. */
  pull(container: Container, signal: AbortSignal): Promise<PulledImage>;
  /** Sets up the volumes, or brings them up to date. Throws `MountProblem`. */
  mount(pod: Pod): Promise<void>;
  /**
   * Starts attempt `number` of a container. `mayStart` is asked last; when it says no, nothing happens. Throws
   * `ContainerProblem` when nothing was started; a start that failed for good is an ended attempt instead.
   */
  start(pod: Pod, container: Container, number: number, mayStart: () => boolean): Promise<void>;
  /** Does nothing when the container isn't running. */
  signal(container: string, signal: 'TERM' | 'KILL'): void;
  /** Runs a command in the container's surroundings until it ends or `signal` is aborted. */
  exec(pod: Pod, container: Container, command: readonly string[], signal: AbortSignal): Promise<ExecResult>;
  /** How this pod differs from one in real containers, as annotations; empty when there is nothing to say. */
  annotations(pod: Pod): Readonly<Record<string, string>>;
  /** Ends watching; containers go on. */
  detach(): void;
}

/** What a kubelet runs containers with. */
export interface ContainerRuntime {
  /** The sandbox of a pod, with the attempts that an earlier process of this kubelet left there. */
  open(pod: Pod, events: SandboxEvents): Promise<Sandbox>;
  /** UIDs of all pods of which there is anything left. */
  leftovers(): Promise<readonly string[]>;
  /** Removes everything of a pod, logs too; what still runs is killed first. */
  remove(podUid: string): Promise<void>;
}
