import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { TransportRequest } from '../../src/kube/transport/transport.ts';
import type { HistoryStore } from '../../src/store/types.ts';

/** Judges deletions of ours by what the database really holds at that moment; without one the status is all evidence there is. */
export class EvidenceJudge {
  readonly #history: Pick<HistoryStore, 'storedEvidence' | 'revisions'> | undefined;
  readonly #violate: (detail: string) => void;
  /** What is missing for a deletion that is on its way through the API server. */
  readonly #missing = new WeakMap<TransportRequest, Promise<string | undefined>>();

  constructor(
    history: Pick<HistoryStore, 'storedEvidence' | 'revisions'> | undefined,
    violate: (detail: string) => void,
  ) {
    this.#history = history;
    this.#violate = violate;
  }

  /** An operator asks for the deletion of what is left of a run that has ended: the run with its pods, or one pod of it. */
  onDelete(request: TransportRequest, run: Run, pods: readonly Pod[], what: 'run' | 'pod'): void {
    if (this.#history !== undefined)
      this.#missing.set(request, this.#missingFor(this.#history, run, pods, what));
  }

  /** The API server has taken it or not: what it refuses is no deletion. */
  onAnswer(request: TransportRequest, status: number): void {
    if (status !== 200) return;
    void this.#missing.get(request)?.then((detail) => detail !== undefined && this.#violate(detail));
  }

  /** Asks the database in the turn of the request: it answers from memory, before anything else happens. */
  async #missingFor(
    history: Pick<HistoryStore, 'storedEvidence' | 'revisions'>,
    { metadata, status }: Run,
    pods: readonly Pod[],
    what: 'run' | 'pod',
  ): Promise<string | undefined> {
    const uids = pods.map((pod) => pod.metadata?.uid ?? '');
    const asked = [history.storedEvidence(uids), history.revisions([metadata.uid ?? ''])] as const;
    const [stored, revisions] = await Promise.all(asked);
    const lacks = pods.filter((pod) => !stored.has(pod.metadata?.uid ?? ''));
    if (lacks.length > 0) {
      const names = lacks.map((pod) => pod.metadata?.name).join(', ');
      return `an operator deletes the ${what} of run ${metadata.name}, and the evidence of ${names} is not stored`;
    }
    const revision = revisions.get(metadata.uid ?? '') ?? -1;
    return what === 'run' && revision < (status?.revision ?? 0)
      ? `an operator deletes run ${metadata.name} at revision ${status?.revision}, and history has ${revision}`
      : undefined;
  }
}
