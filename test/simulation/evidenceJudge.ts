import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { TransportRequest } from '../../src/kube/transport/transport.ts';
import type { HistoryStore, PodEvidence } from '../../src/store/types.ts';
import type { Effects } from './effects.ts';

/** What is lacking, and which promise that breaks. */
type Lack = readonly ['evidenceFirst' | 'logsFirst', string];

/** What the database is asked. */
export type StoredRecords = Pick<HistoryStore, 'storedEvidence' | 'revisions' | 'evidenceOf'>;

/** What the node of a pod knows of its logs. */
export interface KnownLog {
  /** All that its main container has written; undefined: it never started. */
  readonly wrote: string | undefined;
  /** Whether the API ever failed to hand it out. */
  readonly wasDenied: boolean;
}

export interface EvidenceJudgeParts {
  /** Undefined: the operators have no database. */
  readonly history: StoredRecords | undefined;
  readonly logOf: (pod: Pod) => KnownLog;
  readonly violate: (promise: 'evidenceFirst' | 'logsFirst', detail: string) => void;
  readonly effects: Effects;
}

/** So much of a log is kept. */
const TAIL_BYTES = 64 * 1024;

/** Judges deletions of ours by what the database really holds at that moment; without one the status is all evidence there is. */
export class EvidenceJudge {
  readonly #parts: EvidenceJudgeParts;
  /** What is missing for a deletion that is on its way through the API server. */
  readonly #missing = new WeakMap<TransportRequest, Promise<Lack | undefined>>();

  constructor(parts: EvidenceJudgeParts) {
    this.#parts = parts;
  }

  /** An operator asks for the deletion of what is left of a run that has ended: the run with its pods, or one pod of it. */
  onDelete(request: TransportRequest, run: Run, pods: readonly Pod[], what: 'run' | 'pod'): void {
    const { history } = this.#parts;
    if (history !== undefined) this.#missing.set(request, this.#missingFor(history, run, pods, what));
  }

  /** The API server has taken it or not: what it refuses is no deletion. */
  onAnswer(request: TransportRequest, status: number): void {
    if (status !== 200) return;
    void this.#missing.get(request)?.then((lack) => lack !== undefined && this.#parts.violate(...lack));
  }

  /** Asks the database in the turn of the request: it answers from memory, before anything else happens. */
  async #missingFor(
    history: StoredRecords,
    { metadata, status }: Run,
    pods: readonly Pod[],
    what: 'run' | 'pod',
  ): Promise<Lack | undefined> {
    const uids = pods.map((pod) => pod.metadata?.uid ?? '');
    const runUID = metadata.uid ?? '';
    const asked = [
      history.storedEvidence(uids),
      history.revisions([runUID]),
      history.evidenceOf(runUID),
    ] as const;
    const [stored, revisions, evidence] = await Promise.all(asked);
    const lacks = pods.filter((pod) => !stored.has(pod.metadata?.uid ?? ''));
    if (lacks.length > 0) {
      const names = lacks.map((pod) => pod.metadata?.name).join(', ');
      const detail = `an operator deletes the ${what} of run ${metadata.name}, and the evidence of ${names} is not stored`;
      return ['evidenceFirst', detail];
    }
    const log = pods.map((pod) => this.#logLack(pod, evidence)).find((detail) => detail !== undefined);
    if (log !== undefined)
      return ['logsFirst', `an operator deletes the ${what} of run ${metadata.name}; ${log}`];
    const revision = revisions.get(runUID) ?? -1;
    if (what === 'pod' || revision >= (status?.revision ?? 0)) return undefined;
    const detail = `an operator deletes run ${metadata.name} at revision ${status?.revision}, and history has ${revision}`;
    return ['evidenceFirst', detail];
  }

  /** What is wrong with the stored log of a pod: it may lack only where the API did not hand it out, and says why. */
  #logLack(pod: Pod, evidence: readonly PodEvidence[]): string | undefined {
    const { name, uid } = pod.metadata ?? {};
    const { wrote, wasDenied } = this.#parts.logOf(pod);
    const { running, terminated } = pod.status?.containerStatuses?.[0]?.state ?? {};
    if (wrote === undefined || (running ?? terminated) === undefined) return undefined;
    const stored = evidence.find(({ podUID }) => podUID === uid)?.logs.find(({ previous }) => !previous);
    if (stored === undefined) return `no log of ${name} is stored`;
    if (stored.missing === undefined) {
      this.#parts.effects.add('log stored');
      const isWhole = Buffer.from(stored.tail).equals(Buffer.from(wrote).subarray(-TAIL_BYTES));
      return isWhole ? undefined : `${stored.tail.length} bytes of the log of ${name} are stored`;
    }
    this.#parts.effects.add('log missing, and said so');
    return wasDenied ? undefined : `the log of ${name} could be read, and is missing: ${stored.missing}`;
  }
}
