import { markForSweep } from '../../actions/markForSweep.ts';
import { type EffectOptions, targetOf } from '../../actions/target.ts';
import { isMarked, type SweepState, sweepMark, sweepState } from '../../core/sweep/sweepMark.ts';
import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';

/** Writes of one round: what is left behind is little, and when it is much, runs come before it. The next round goes on. */
const MAX_WRITES = 500;

/** What a round can do with an object. */
export type SweepAct = 'marked' | 'unmarked' | 'deleted' | 'released';

/** What a round came to. */
export interface SweepReport {
  /** How many objects, by kind and act, as `Pod deleted`. */
  readonly acts: ReadonlyMap<string, number>;
  /** Objects that carry our label and are left alone, each with the reason. */
  readonly left: readonly { readonly kind: string; readonly name: string; readonly why: string }[];
  /** What was refused or failed; each is tried again in the next round. */
  readonly failures: readonly unknown[];
}

/** What a round needs of its process. */
export interface SweepRoundParts {
  readonly client: KubeClient;
  /** Looks at the clock: a process that was paused must notice that its time is over before it writes. */
  readonly mayAct: () => boolean;
}

/** One look at what may be left behind: how its finds are marked, unmarked, deleted and told, each within the bounds of the round. */
export class SweepRound {
  readonly client: KubeClient;
  readonly options: EffectOptions;
  readonly #mayAct: () => boolean;
  readonly #acts = new Map<string, number>();
  readonly #left: { kind: string; name: string; why: string }[] = [];
  readonly #failures: unknown[] = [];
  #writes = 0;

  constructor({ client, mayAct }: SweepRoundParts, options: EffectOptions) {
    this.client = client;
    this.options = options;
    this.#mayAct = mayAct;
  }

  /** Whether another object may be looked at in this round. */
  goesOn(): boolean {
    return !this.options.signal?.aborted && this.#mayAct() && this.#writes < MAX_WRITES;
  }

  /** What the mark of the object says now. */
  stateOf(object: KubeObject): SweepState {
    return sweepState(object, this.client.serverNow());
  }

  /** Somebody wants it: a mark comes off. */
  async keep<T extends KubeObject>(resource: Resource<T>, object: T): Promise<void> {
    if (!isMarked(object)) return;
    await this.act('unmarked', resource, () =>
      markForSweep(this.client, resource, object, undefined, this.options),
    );
  }

  /** Nobody wants it: from now on it has its grace. */
  async mark<T extends KubeObject>(resource: Resource<T>, object: T): Promise<void> {
    const at = sweepMark(this.client.serverNow());
    await this.act('marked', resource, () => markForSweep(this.client, resource, object, at, this.options));
  }

  /** It has our label and isn't to be touched. */
  leave(resource: Resource<KubeObject>, object: KubeObject, why: string): void {
    const { namespace, name } = targetOf(object);
    this.#left.push({ kind: resource.kind, name: `${namespace}/${name}`, why });
  }

  /**
   * One write, counted. An object that has changed or gone meanwhile is looked at again in the next round; any other
   * failure is kept for the report and doesn't hold up the rest.
   */
  async act(act: SweepAct, resource: Resource<KubeObject>, write: () => Promise<unknown>): Promise<void> {
    if (!this.goesOn()) return;
    this.#writes += 1;
    try {
      await write();
      const key = `${resource.kind} ${act}`;
      this.#acts.set(key, (this.#acts.get(key) ?? 0) + 1);
    } catch (error) {
      if (this.options.signal?.aborted) throw error;
      if (error instanceof ConflictError || error instanceof NotFoundError) return;
      this.#failures.push(error);
    }
  }

  report(): SweepReport {
    return { acts: this.#acts, left: this.#left, failures: this.#failures };
  }
}
