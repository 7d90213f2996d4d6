import { type AdmissionObject, beginEpoch, storeBatch } from '../../actions/admissionObject.ts';
import type { AdmissionPass, Grant } from '../../core/admission/pass.ts';
import { ConflictError, isOutcomeUnknown, isTransient } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Book } from './book.ts';

interface GrantParts {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly namespace: string;
  readonly identity: string;
  readonly mode: 'act' | 'observe';
}

/**
 * What was granted and is not answered yet, as the object of admission holds it. A grant stays in the object, from batch
 * to batch, until its run's status is another one: so whoever takes the object over knows of every status write that may
 * still be on its way.
 */
export class Grants {
  readonly #parts: GrantParts;
  #outstanding = new Map<string, Grant>();
  #object: AdmissionObject | undefined;

  constructor(parts: GrantParts) {
    this.#parts = parts;
  }

  /** By UID. */
  outstanding(): ReadonlyMap<string, Grant> {
    return this.#outstanding;
  }

  /** Begins an epoch, and takes over what the last one left. */
  async takeOver(signal: AbortSignal): Promise<void> {
    const { client, namespace, identity, mode } = this.#parts;
    if (mode === 'act') this.#object = await beginEpoch(client, namespace, identity, { signal });
    this.#outstanding = new Map(this.#object?.record.batch.map((grant) => [grant.uid, grant]));
  }

  /** Our epoch is over, or may be. */
  clear(): void {
    this.#object = undefined;
    this.#outstanding = new Map();
  }

  /** A grant is answered once the run's status is another one, or the run is over. */
  dropAnswered(book: Book): void {
    for (const [uid, { revision }] of this.#outstanding) {
      if (book.demand(uid)?.revision !== revision) this.#outstanding.delete(uid);
    }
  }

  /**
   * Stores new grants with those that wait for their answer. False: they were certainly not stored, and can be decided
   * again. Throws when that is not sure, or another epoch has begun: then only a new epoch of ours tells.
   */
  async store({ grants }: AdmissionPass, signal: AbortSignal): Promise<boolean> {
    const { client, mode, log } = this.#parts;
    if (grants.length === 0) return true;
    const all = new Map(this.#outstanding);
    for (const grant of grants) all.set(grant.uid, grant);
    if (mode === 'act') {
      if (this.#object === undefined) throw new Error('storing a batch of admission: no epoch has begun');
      try {
        this.#object = await storeBatch(client, this.#object, [...all.values()], { signal });
      } catch (error) {
        const isNotStored =
          isTransient(error) && !isOutcomeUnknown(error) && !(error instanceof ConflictError);
        if (signal.aborted || !isNotStored) throw error;
        log.warn('a batch of admission could not be stored', { error });
        return false;
      }
    }
    this.#outstanding = all;
    return true;
  }
}
