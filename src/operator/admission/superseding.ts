import { cancelRun } from '../../actions/cancelRun.ts';
import type { AdmissionPass } from '../../core/admission/pass.ts';
import type { KubeClient } from '../../kube/types.ts';
import { objectKey } from '../../kube/watch/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** The watch shows by then that a run stops; if not, it is asked to once more. */
const AGAIN_MS = 200;

interface SupersedingParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Ends runs whose place others take: asks each to stop, once at a time, until the watch shows that it does. */
export class Superseding {
  readonly #parts: SupersedingParts;
  readonly #onDone: () => void;
  /** UIDs of runs that are being asked. */
  readonly #ending = new Set<string>();

  /** `onDone`: another pass is to look whether it worked. */
  constructor(parts: SupersedingParts, onDone: () => void) {
    this.#parts = parts;
    this.#onDone = onDone;
  }

  /** Waits for nothing; what fails is tried again with a later pass. */
  end(superseded: AdmissionPass['superseded'], signal: AbortSignal): void {
    for (const { victim, by } of superseded) {
      if (this.#ending.has(victim.uid)) continue;
      this.#ending.add(victim.uid);
      void this.#end(victim, by.name, signal);
    }
  }

  async #end(
    { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
    by: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, clock, log } = this.#parts;
    const wish = { namespace, name, uid, by: `run ${by}, which takes its place`, reason: 'Superseded' };
    try {
      await cancelRun(client, wish, { signal });
    } catch (error) {
      const run = objectKey({ namespace, name });
      if (!signal.aborted) log.warn('a run could not be ended for another', { run, by, error });
    }
    clock.after(AGAIN_MS, () => {
      this.#ending.delete(uid);
      this.#onDone();
    });
  }
}
