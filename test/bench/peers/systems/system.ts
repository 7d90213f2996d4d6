import type { Stored } from '../apiClient.ts';
import type { ControlPlane } from '../controlPlane.ts';

/** Which pod of a run. */
export interface PodOfRun {
  readonly run: string;
  readonly step: 'main' | 'exit';
}

/** What a run is to be like. */
export interface Shape {
  /** How long each of its pods runs: a Go duration, which fake nodes read from an annotation. */
  readonly runFor: string;
  readonly handler: 'with handler' | 'without handler';
}

/** One system in one profile, behind the same plug as every other. */
export interface System {
  readonly name: string;
  readonly profile: string;
  /** Names of the processes whose CPU and memory are its own. */
  readonly processes: readonly string[];
  /** API path of the collection in which a run is created and watched. */
  readonly runs: string;
  readonly hasHandler: boolean;
  /** Path of its CRDs' YAML documents, or the documents; undefined: it has none. */
  crds(plane: ControlPlane): readonly string[];
  /** Makes it ready to take runs; its CRDs are there. */
  start(plane: ControlPlane): Promise<void>;
  /** The object to create. */
  run(name: string, shape: Shape): object;
  ended(object: Stored): 'Succeeded' | 'Failed' | undefined;
  podOf(pod: Stored): PodOfRun | undefined;
  /** Whether the queue has let a run go; left out: it has no queue. */
  admitted?(object: Stored): boolean;
  /** Whether a status that comes with a create is dropped, so that it has to be stored apart. */
  readonly hasStatusSubresource: boolean;
}

/** `endwell`, `native:tuned`. */
export function titleOf({ name, profile }: Pick<System, 'name' | 'profile'>): string {
  return profile === '' ? name : `${name}:${profile}`;
}
