import type { KubeClient } from '../../src/kube/types.ts';
import type { Cleanups } from './cleanups.ts';
import type { Job } from './job.ts';
import type { Seen } from './observe.ts';
import type { Operators } from './operators.ts';
import type { Call, Said } from './receiver.ts';

/** `short`: each fault once, with few runs; `full`: what stands in the table of the guarantee. */
export type Form = 'short' | 'full';

/** What is there when a fault strikes. */
export interface Scene {
  readonly form: Form;
  readonly client: () => Promise<KubeClient>;
  readonly namespace: string;
  readonly jobs: readonly Job[];
  readonly seen: Seen;
  /** Calls of containers of one kind, so far. */
  calls(said: Said): readonly Call[];
  /** Have all runs of the load ended, as the observer saw them? */
  isOver(): boolean;
  /** Where containers call. */
  readonly url: string;
  readonly cleanups: Cleanups;
}

/** What happens while runs are at work, and what may become of them. */
export interface Plan {
  jobs(url: string): readonly Job[];
  /** Before the first run is created. */
  prepare?(scene: Scene): Promise<void>;
  /** Begins with the load created; resolves when the fault has ended. */
  strike(scene: Scene): Promise<void>;
  /** What else has to hold at the end: a sentence for each thing that does not. */
  also?(scene: Scene): Promise<readonly string[]>;
  /** `none`: there is no namespace left to try it in. Default: a run is submitted at the fault's end. */
  readonly probe?: 'none';
}

/** What faults on a cluster work with. */
export interface Setting {
  readonly form: Form;
  readonly operators: Operators;
  /** Path of endwell.js of this commit. */
  readonly program: string;
}

/** One line of the table. */
export interface Row<S> {
  readonly name: string;
  /** What goes wrong, in words, for each form. */
  readonly does: Readonly<Record<Form, string>>;
  plan(setting: S): Plan;
}
