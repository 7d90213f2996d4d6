import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { CreateError, PodEvents } from '../core/decide/decision.ts';
import { isStage, mainTerminated, uidOf } from '../core/pod/podFacts.ts';
import type { NewerWord } from '../core/run/newer.ts';
import type { Run } from '../core/run/run.ts';
import { isNewer } from './isNewer.ts';

/** A pod as one of our own writes returned it. */
interface OwnPod {
  readonly pod: Pod;
  /** Monotonic ms of the write's answer. */
  readonly at: number;
}

/**
 * When somebody else writes the status of a run, another process believes that it leads, and may see the cluster
 * otherwise. A write or two that come late are nothing; from then on each waits so long before it answers, so that two
 * that disagree do not write without end.
 */
const OTHERS_WRITE_PAUSE_MS = 1_000;
const OTHERS_WRITES_BORNE = 3;

/**
 * What we know of one run beside the cache: results of our own writes and reads that the watch has not shown yet, and
 * answers that no object holds. Losing it costs a repeated read or create, never a wrong decision.
 */
export class RunMemory {
  readonly uid: string;
  /** UIDs that a fresh read proved absent. For ever: a UID never comes back. */
  readonly gone = new Set<string>();
  /** By pod name. */
  readonly createErrors = new Map<string, CreateError>();
  /** When a pod was last read past the cache, by name, ms of the API server's time. */
  readonly freshReads = new Map<string, number>();
  /** When we last made a pod, by name, ms of the API server's time. */
  readonly madeAt = new Map<string, number>();
  /** By pod UID. */
  readonly logTails = new Map<string, string>();
  /** By pod UID. */
  readonly podEvents = new Map<string, PodEvents>();
  /** A fresh read found no run of this UID, which never comes back: what a late watch still shows of it is over. */
  isRunGone = false;
  /** Whether only a newer version understands the run. */
  newer: NewerWord | undefined;
  readonly #departed = new Set<string>();
  /** Of pods that have gone, by UID. */
  readonly #receipts = new Map<string, Pod>();
  readonly #pods = new Map<string, OwnPod>();
  #run: Run | undefined;
  /** Of the status, as this process first saw it or last wrote it. */
  #revision: number | undefined;
  #othersWrites = 0;
  #pauseUntil = 0;

  constructor(uid: string) {
    this.uid = uid;
  }

  /** The run as a write or a fresh read of ours returned it. */
  rememberRun(run: Run): void {
    if (!this.#run || isNewer(run, this.#run)) this.#run = run;
  }

  /** The run as we have just written its status. */
  rememberWritten(run: Run): void {
    this.rememberRun(run);
    this.#revision = run.status?.revision;
  }

  /** Until when nothing is done about the run (API server's time, ms), for somebody else keeps writing its status; undefined: go on. */
  pausedUntil(run: Run, now: number): number | undefined {
    const revision = run.status?.revision ?? 0;
    const known = this.#revision ?? revision;
    this.#revision = Math.max(revision, known);
    if (revision > known) {
      this.#othersWrites += 1;
      if (this.#othersWrites > OTHERS_WRITES_BORNE) this.#pauseUntil = now + OTHERS_WRITE_PAUSE_MS;
    }
    return this.#pauseUntil > now ? this.#pauseUntil : undefined;
  }

  /** The newer of the cached run and the one that we wrote: no decision is made on what we ourselves made old. */
  newestRun(cached: Run): Run {
    if (this.#run && isNewer(this.#run, cached)) return this.#run;
    this.#run = undefined;
    return cached;
  }

  /** A pod as a write or a fresh read of ours returned it. */
  rememberPod(pod: Pod, at: number): void {
    const uid = pod.metadata?.uid ?? '';
    if (!this.#departed.has(uid)) this.#pods.set(uid, { pod, at });
  }

  /** A pod that a fresh read found, whatever the watch said. */
  confirmPod(pod: Pod, at: number): void {
    this.#departed.delete(uidOf(pod));
    this.#receipts.delete(uidOf(pod));
    this.rememberPod(pod, at);
  }

  /** A pod that a fresh read proved absent. */
  forgetPod(uid: string): void {
    this.#departed.add(uid);
    this.#pods.delete(uid);
    this.#receipts.delete(uid);
  }

  /**
   * A pod that was seen to go, as it was last. A handler whose deletion was asked for ends and goes in one moment: its
   * receipt holds, though its pod was never seen at rest.
   */
  podGone(pod: Pod): void {
    this.forgetPod(uidOf(pod));
    if (isStage(pod, 'exit') && mainTerminated(pod) !== undefined) this.#receipts.set(uidOf(pod), pod);
  }

  /** Pods that have gone and left the receipt of a handler. */
  receipts(): readonly Pod[] {
    return [...this.#receipts.values()];
  }

  /** Cached pods, each in its newer form, and those of ours that the watch has not shown yet. */
  newestPods(cached: readonly Pod[]): Pod[] {
    const shown = new Set(cached.map((pod) => pod.metadata?.uid));
    // A UID never comes back: what a late watch still shows of it is over.
    const present = cached.filter((pod) => !this.#departed.has(pod.metadata?.uid ?? ''));
    const merged = present.map((pod) => this.#newestPod(pod));
    const unseen = [...this.#pods.values()].filter(({ pod }) => !shown.has(pod.metadata?.uid));
    return [...merged, ...unseen.map(({ pod }) => pod)];
  }

  /** Pods of ours that the watch should have shown by now: answered before `before` (monotonic ms) and not cached. */
  overduePods(cached: readonly Pod[], before: number): Pod[] {
    const shown = new Set(cached.map((pod) => pod.metadata?.uid));
    return [...this.#pods.values()]
      .filter(({ pod, at }) => at < before && !shown.has(pod.metadata?.uid))
      .map(({ pod }) => pod);
  }

  #newestPod(cached: Pod): Pod {
    const uid = cached.metadata?.uid ?? '';
    const own = this.#pods.get(uid);
    if (own && isNewer(own.pod, cached)) return own.pod;
    this.#pods.delete(uid);
    return cached;
  }
}
