import { queues } from '../../actions/resources.ts';
import { withSignal } from '../../actions/target.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../ports/clock.ts';

/** A queue that was not there is asked for again after so long, when another run names it. */
const MISSING_FOR_MS = 10_000;

/** Queues that a fresh read did not find: the cache alone may just not know them yet. */
export class MissingQueues {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #operatorNamespace: string;
  readonly #until = new Map<string, number>();

  constructor(client: KubeClient, clock: Clock, operatorNamespace: string) {
    this.#client = client;
    this.#clock = clock;
    this.#operatorNamespace = operatorNamespace;
  }

  /** Whether runs of this namespace have no such queue, as a read not long ago said. */
  has(name: string, namespace: string): boolean {
    const until = this.#until.get(`${namespace}/${name}`);
    return until !== undefined && until > this.#clock.monotonic();
  }

  /** Asks the API server, in the run's namespace and in the operator's. Throws when it can't say. */
  async ask(name: string, namespace: string, signal: AbortSignal): Promise<void> {
    const places = [...new Set([namespace, this.#operatorNamespace])];
    const found = await Promise.all(places.map((place) => this.#exists({ namespace: place, name }, signal)));
    const key = `${namespace}/${name}`;
    if (found.some(Boolean)) this.#until.delete(key);
    else this.#until.set(key, this.#clock.monotonic() + MISSING_FOR_MS);
  }

  async #exists(ref: { namespace: string; name: string }, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.get(queues, ref, withSignal({ signal }));
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}
