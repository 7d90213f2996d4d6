import { type Demand, dedupeOf, demandOf } from '../../core/admission/demand.ts';
import type { LastEnd } from '../../core/admission/refusal.ts';
import { transitionOf } from '../../core/run/conditions.ts';
import { type NewerWord, newerWord } from '../../core/run/newer.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeObject } from '../../kube/types.ts';
import { isNewer } from '../isNewer.ts';

/** A version of a run, to tell what is older. */
interface Seen {
  readonly version: KubeObject;
  readonly demand: Demand | undefined;
  readonly key: string | undefined;
  readonly newer: NewerWord;
}

/**
 * What every run asks of admission, by the newest version of it that a list, the watch or a write of ours has shown.
 * Of runs that have ended it keeps how they came out, for the back-off of their key.
 */
export class Book {
  readonly #seen = new Map<string, Seen>();
  readonly #active = new Map<string, Demand>();
  readonly #ends = new Map<string, LastEnd & { readonly uid: string }>();

  /** Takes note of a run, unless a newer version is known. True: something that admission looks at has changed. */
  note(run: Run, now: number): boolean {
    const uid = run.metadata.uid ?? '';
    const known = this.#seen.get(uid);
    if (known !== undefined && isOutdated(run, known.version)) return false;
    const newer = newerWord(run, known?.newer);
    const demand = demandOf(run, now, newer.why !== undefined);
    const key = dedupeOf(run.metadata.namespace ?? '', run.spec)?.key;
    const { resourceVersion = '' } = run.metadata;
    this.#seen.set(uid, { version: { metadata: { resourceVersion } }, demand, key, newer });
    if (demand !== undefined) {
      this.#active.set(uid, demand);
      return known === undefined || !isSame(known.demand, demand);
    }
    this.#active.delete(uid);
    if (key !== undefined) this.#noteEnd(key, run);
    return known?.demand !== undefined;
  }

  /** The run is gone. True: it had asked for something. */
  forget(uid: string): boolean {
    const known = this.#seen.get(uid);
    if (known?.key !== undefined && this.#ends.get(known.key)?.uid === uid) this.#ends.delete(known.key);
    this.#seen.delete(uid);
    return this.#active.delete(uid);
  }

  /** A new leader begins with nothing. */
  clear(): void {
    this.#seen.clear();
    this.#active.clear();
    this.#ends.clear();
  }

  demand(uid: string): Demand | undefined {
    return this.#active.get(uid);
  }

  demands(): Iterable<Demand> {
    return this.#active.values();
  }

  lastEnds(): ReadonlyMap<string, LastEnd> {
    return this.#ends;
  }

  /** Runs that were cancelled or refused tell nothing of what a key's work is like. */
  #noteEnd(key: string, { metadata, status }: Run): void {
    if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') return;
    const at = transitionOf(status, 'Finished') ?? 0;
    if (at < (this.#ends.get(key)?.at ?? 0)) return;
    const hasFailed = status.phase === 'Failed';
    this.#ends.set(key, { uid: metadata.uid ?? '', name: metadata.name ?? '', hasFailed, at });
  }
}

function isOutdated(run: Run, known: KubeObject): boolean {
  return run.metadata.resourceVersion === known.metadata?.resourceVersion || isNewer(known, run);
}

/** A run that has its slot changes its status often; admission hears of it when it gives the slot back. */
function isSame(a: Demand | undefined, b: Demand): boolean {
  if (a === undefined) return false;
  const settled = b.standing === 'main' || b.standing === 'exiting';
  return (
    a.standing === b.standing &&
    a.isStopping === b.isStopping &&
    a.isLeftAlone === b.isLeftAlone &&
    (settled ||
      (a.revision === b.revision &&
        a.queue === b.queue &&
        a.priority === b.priority &&
        a.retryAt === b.retryAt))
  );
}
