import { MAIN_CONTAINER } from '../../core/naming/naming.ts';
import { PageStarts } from '../../core/pipeline/pageStarts.ts';
import { LOG_TAIL_BYTES } from '../../core/run/defaults.ts';
import type { Run } from '../../core/run/run.ts';
import type { ContainerLog, LogKey, PodEvidence } from '../../store/types.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import type { LogWish } from '../logs/logTarget.ts';

/** A tail is of at most LOG_TAIL_BYTES, less the part of a character that stood at its cut; a shorter one is all that was written. */
const SURELY_WHOLE = LOG_TAIL_BYTES - 4;

/** A log of a pod that is gone, as it was stored. */
export interface StoredLog {
  readonly pod: string;
  readonly container: string;
  /** `whole`: from the log store, by ranges. `tail`: its last bytes. */
  readonly kind: 'whole' | 'tail';
  /** Nothing will be added to it, and nothing of what the container wrote is missing. */
  readonly isComplete: boolean;
  /** Its beginning is not kept. */
  readonly isCut: boolean;
  /** Bytes that are stored. */
  readonly size: number;
  /** Where its pages begin (core/pipeline/pageStarts). */
  starts(): Promise<readonly number[]>;
  read(range: { from: number; limit: number }): Promise<Uint8Array>;
}

/**
 * Finds what is stored of a log; undefined where no history is configured or it knows nothing of the pod. Refuses (404) a
 * container that the pod did not have, and a log that could not be kept, saying why.
 */
export async function findStoredLog(
  api: Api,
  run: Run,
  pod: { readonly name: string; readonly uid: string | undefined },
  wish: LogWish,
): Promise<StoredLog | undefined> {
  const all = (await api.stores?.history.evidenceOf(run.metadata.uid ?? '')) ?? [];
  const evidence = all.find(({ podName, podUID }) =>
    pod.uid === undefined ? podName === pod.name : podUID === pod.uid,
  );
  if (evidence === undefined) return undefined;
  const log = containerLog(evidence, wish.container);
  return (await wholeLog(api, evidence, log)) ?? tailOf(evidence, log);
}

function containerLog(evidence: PodEvidence, container: string | undefined): ContainerLog {
  const current = evidence.logs.filter(({ previous }) => !previous);
  const [only] = current;
  const found =
    current.find((log) => log.container === (container ?? MAIN_CONTAINER)) ??
    (container === undefined && current.length === 1 ? only : undefined);
  if (found !== undefined) return found;
  const names = current.map((log) => log.container).join(', ');
  throw new Refusal(
    'LogNotFound',
    `pod ${evidence.podName} had no container ${container ?? 'main'}; it had ${names}`,
  );
}

async function wholeLog(
  api: Api,
  evidence: PodEvidence,
  { container, whole }: ContainerLog,
): Promise<StoredLog | undefined> {
  const store = api.stores?.logs;
  const { namespace, runUID, podUID, podName, final } = evidence;
  const key: LogKey = { namespace, runUID, podUID, container, previous: false };
  const size = await store?.size(key);
  if (store === undefined || size === undefined) return undefined;
  return {
    kind: 'whole',
    isComplete: final && whole,
    isCut: false,
    pod: podName,
    container,
    size,
    starts: async () => (await store.pages(key))?.starts ?? [0],
    read: async (range) => (await store.read(key, range)) ?? new Uint8Array(),
  };
}

function tailOf({ podName }: PodEvidence, { container, tail, size, missing }: ContainerLog): StoredLog {
  if (missing !== undefined) {
    throw new Refusal('LogNotFound', `pod ${podName} is gone, and nothing of its log is kept: ${missing}`);
  }
  return {
    kind: 'tail',
    isComplete: false,
    isCut: size === undefined ? tail.length > SURELY_WHOLE : size > tail.length,
    pod: podName,
    container,
    size: tail.length,
    starts: async () => startsOf(tail),
    read: async ({ from, limit }) => tail.subarray(from, from + limit),
  };
}

function startsOf(bytes: Uint8Array): readonly number[] {
  const pages = new PageStarts();
  pages.push(bytes);
  return pages.starts();
}
