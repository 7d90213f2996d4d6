import { AlreadyExistsError, ConflictError, isOutcomeUnknown, NotFoundError } from '../../kube/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { isObject, type Json } from '../../kubernetes/json.ts';
import { readNamed } from '../readFresh.ts';
import { refOf, targetOf } from '../target.ts';
import { patiently, type Waiting } from './patience.ts';

/** One object that is written, how it stood before (undefined: there was none), and what we wrote, once that is known. */
interface Change {
  readonly resource: Resource<KubeObject>;
  readonly wanted: KubeObject;
  before: KubeObject | undefined;
  written: KubeObject | undefined;
}

/**
 * Writes of several objects that belong together. Each is noted before it is sent, so that `takeBack` also finds one whose
 * answer was lost.
 */
export class Changes {
  readonly #client: KubeClient;
  readonly #waiting: Waiting;
  readonly #made: Change[] = [];

  constructor(client: KubeClient, waiting: Waiting) {
    this.#client = client;
    this.#waiting = waiting;
  }

  /**
   * Makes the object be as `wanted`: creates it, or replaces the one of that name under the version that was read. Labels,
   * annotations and finalizers of others stay, owners unless `wanted` names some. Safe to repeat. Throws as the API does.
   */
  put<T extends KubeObject>(resource: Resource<T>, wanted: T): Promise<T> {
    const change = this.#note(resource, wanted);
    let mayBeWritten = false;
    return patiently(this.#waiting, async () => {
      const now = await readNamed(this.#client, resource, targetOf(wanted));
      // Once a write of ours may have arrived, what is read may be our own.
      if (!mayBeWritten) change.before = now;
      try {
        return await this.#write(change, resource, now, wanted);
      } catch (error) {
        mayBeWritten ||= isOutcomeUnknown(error);
        throw cameOrWent(error, now) ? asConflict(error) : error;
      }
    });
  }

  /**
   * As `put`, but only if the object still is as it was read before (`before` undefined: there was none): the last write, by
   * which all others count. Throws ConflictError when somebody else was first.
   */
  async commit<T extends KubeObject>(resource: Resource<T>, wanted: T, before: T | undefined): Promise<T> {
    const change = this.#note(resource, wanted);
    change.before = before;
    try {
      return await this.#write(change, resource, before, wanted);
    } catch (error) {
      throw cameOrWent(error, before) ? asConflict(error) : error;
    }
  }

  /**
   * Brings back what was there before, the last first; what somebody else has written since stays theirs. Returns why what
   * could not be brought back; empty when all was.
   */
  async takeBack(): Promise<Error[]> {
    const failures: Error[] = [];
    for (const change of this.#made.splice(0).reverse()) {
      await patiently(this.#waiting, () => this.#undo(change)).catch((error: unknown) => {
        failures.push(error as Error);
      });
    }
    return failures;
  }

  #note(resource: Resource<KubeObject>, wanted: KubeObject): Change {
    const change = { resource, wanted, before: undefined, written: undefined };
    this.#made.push(change);
    return change;
  }

  async #write<T extends KubeObject>(
    change: Change,
    resource: Resource<T>,
    before: T | undefined,
    wanted: T,
  ): Promise<T> {
    const strict = { fieldValidation: 'Strict' } as const;
    const written =
      before === undefined
        ? await this.#client.create(resource, wanted, strict)
        : await this.#client.replace(resource, { ...wanted, metadata: laidOver(before, wanted) }, strict);
    change.written = written;
    return written;
  }

  async #undo({ resource, before, wanted, written }: Change): Promise<void> {
    const now = await readNamed(this.#client, resource, targetOf(wanted));
    if (now === undefined || versionOf(now) === versionOf(before)) return;
    const isOurs = written === undefined ? holds(now, wanted) : versionOf(now) === versionOf(written);
    if (!isOurs) return;
    if (before === undefined) await this.#remove(resource, now);
    else {
      const metadata = { ...before.metadata, resourceVersion: versionOf(now) ?? '' };
      await this.#client.replace(resource, { ...before, metadata });
    }
  }

  async #remove(resource: Resource<KubeObject>, object: KubeObject): Promise<void> {
    const { uid } = targetOf(object);
    const options = { propagationPolicy: 'Background', preconditions: { uid } } as const;
    await this.#client.delete(resource, refOf(targetOf(object)), options).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }
}

function laidOver(before: KubeObject, wanted: KubeObject): NonNullable<KubeObject['metadata']> {
  const { labels, annotations } = before.metadata ?? {};
  const { ownerReferences } = wanted.metadata ?? {};
  return {
    ...before.metadata,
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    labels: { ...labels, ...wanted.metadata?.labels },
    annotations: { ...annotations, ...wanted.metadata?.annotations },
  };
}

/** It came or went between the read and the write: a conflict like any other. */
function cameOrWent(error: unknown, before: KubeObject | undefined): error is Error {
  return error instanceof AlreadyExistsError || (before !== undefined && error instanceof NotFoundError);
}

function asConflict(error: Error): ConflictError {
  return new ConflictError({ message: error.message, status: 409, reason: 'Conflict', cause: error });
}

function versionOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata?.resourceVersion;
}

/** Whether a stored object has all that was asked for; the API may have added defaults. */
function holds(stored: unknown, wanted: unknown): boolean {
  const [has, asked] = [stored as Json | undefined, wanted as Json | undefined];
  if (Array.isArray(asked))
    return Array.isArray(has) && asked.every((item, index) => holds(has[index], item));
  if (!isObject(asked)) return asked === undefined || has === asked;
  return isObject(has) && Object.entries(asked).every(([field, value]) => holds(has[field], value));
}
