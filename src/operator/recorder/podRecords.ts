import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { hasEnded, isTerminating, uidOf } from '../../core/pod/podFacts.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { type Controller, runController } from '../../kube/queue/controller.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import { StoreError, StoreRefused } from '../../store/errors.ts';
import type { HistoryStore, LogStore, PodEvidence } from '../../store/types.ts';
import { capture } from './capture.ts';
import { Followers } from './followers.ts';

/** Pods whose evidence is captured at the same time: each reads the end of a few logs. */
const CONCURRENCY = 8;
/** A whole log of the usual bound of 10 MiB needs seconds; a log store that is slow, minutes. */
const TIMEOUT_MS = 300_000;
/** A log that could not be read so often in a row is noted as missing: a deletion waits for it, and every wait ends. */
const LOG_TRIES = 5;
/** A stream of a pod that has ended gets so long to be read to its end, then the log is read anew. */
const SETTLE_MS = 5_000;
/** Captured and not stored yet. Beyond it the oldest whose pod still exists are captured anew, later. */
const MOST_HELD_BYTES = 32 * 1024 * 1024;
/** Pods that one question to the store names. */
const PAGE = 500;

/** What is wanted of a pod: the logs while it lives, what is known now, or all that there will be. */
type Wanted = 'nothing' | 'interim' | 'final';

interface Tracked {
  pod: Pod;
  gone: boolean;
  stored: Wanted;
  tries: number;
  held: PodEvidence | undefined;
}

/** What keeping records of pods needs. */
export interface PodRecordsParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined: logs are followed where a run asks for it, and nothing is stored. */
  readonly history: HistoryStore | undefined;
  readonly logStore: LogStore | undefined;
  /** The run that a pod names, if it is really that run's. */
  readonly runOf: (pod: Pod) => Run | undefined;
  /** What is kept of a run's logs. */
  readonly logsOf: (run: Run, signal: AbortSignal) => Promise<NonNullable<RunSpec['logs']>>;
  /** The evidence of one pod was stored. */
  readonly onStored: (pod: Pod) => void;
  /** Something failed and is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
  /** Something is lost for good. */
  readonly onLost: (what: string, error: unknown) => void;
}

/** Follows logs and captures evidence, pod by pod: before we delete one, when one has ended, and as soon as one is being deleted. */
export class PodRecords {
  readonly #parts: PodRecordsParts;
  readonly #tracked = new Map<string, Tracked>();
  readonly #followers: Followers;
  #controller: Controller | undefined;
  #heldBytes = 0;

  constructor(parts: PodRecordsParts) {
    this.#parts = parts;
    const { client, clock, random, logStore, onTrouble } = parts;
    const podNow = (uid: string) => {
      const tracked = this.#tracked.get(uid);
      return tracked === undefined || tracked.gone ? undefined : tracked.pod;
    };
    this.#followers = new Followers({ client, clock, random, logStore, podNow, onTrouble });
  }

  /** Begins to look after these pods, and those that `see` tells of. */
  begin(pods: readonly Pod[]): void {
    const { clock, random, onTrouble } = this.#parts;
    this.#controller = runController({
      clock,
      random,
      now: () => clock.now(),
      concurrency: CONCURRENCY,
      timeoutMs: TIMEOUT_MS,
      reconcile: async (key, signal) => {
        if (key === PRIME) await this.#prime(signal);
        else await this.#work(key, signal);
        return {};
      },
      onReport: ({ key, outcome, error }) => {
        if (outcome !== 'done') onTrouble(`evidence of pod ${key}`, error);
      },
    });
    for (const pod of pods) this.#note(pod, false);
    this.#controller.add(PRIME);
  }

  /** Ends all work; what is captured and not stored is forgotten, for whoever goes on captures it again. */
  async end(): Promise<void> {
    await this.#controller?.stop();
    this.#controller = undefined;
    await this.#followers.stop();
    this.#tracked.clear();
    this.#heldBytes = 0;
  }

  /** A pod changed, or is gone. */
  see(pod: Pod, gone: boolean): void {
    if (this.#controller === undefined) return;
    const tracked = this.#note(pod, gone);
    if (tracked === undefined) return;
    // Whoever deleted it, its logs go with it: they are opened at once, and no queue is waited for.
    if (!gone && (isTerminating(pod) || this.#hasVerdict(pod)) && !hasEnded(pod)) this.#followLast(pod);
    this.#controller.add(uidOf(pod));
  }

  /** A run changed: what is wanted of its pods may have. */
  seeRun(pods: readonly Pod[]): void {
    for (const pod of pods) {
      if (this.#tracked.get(uidOf(pod))?.gone === false && this.#hasVerdict(pod)) this.see(pod, false);
    }
  }

  /** Whether the store has what there is to be known of a pod now: all of one that has ended. */
  isStored(pod: Pod): boolean {
    const stored = this.#tracked.get(uidOf(pod))?.stored ?? 'nothing';
    return hasEnded(pod) ? stored === 'final' : stored !== 'nothing';
  }

  /** Whether evidence of a pod of this run that is gone still waits to be stored. */
  owes(run: Run): boolean {
    return [...this.#tracked.values()].some(
      ({ pod, gone, stored }) =>
        gone && stored !== 'final' && pod.metadata?.labels?.[LABEL.runUid] === run.metadata.uid,
    );
  }

  /** Whether no evidence about this pod waits to be stored. */
  owesNothing(podUID: string): boolean {
    const tracked = this.#tracked.get(podUID);
    return tracked === undefined || !this.#isDue(tracked);
  }

  /** When one of the pod's containers last wrote, ms of the API server's time; undefined: its logs are not followed. */
  heardAt(podUID: string): number | undefined {
    return this.#followers.heardAt(podUID);
  }

  /** Pods whose evidence is wanted and not stored. */
  waiting(): number {
    let count = 0;
    for (const tracked of this.#tracked.values()) if (this.#isDue(tracked)) count += 1;
    return count;
  }

  #note(pod: Pod, gone: boolean): Tracked | undefined {
    const uid = uidOf(pod);
    const known = this.#tracked.get(uid);
    if (known !== undefined) {
      known.pod = pod;
      known.gone = gone;
      return known;
    }
    if (this.#parts.runOf(pod) === undefined) return undefined;
    const tracked: Tracked = { pod, gone, stored: 'nothing', tries: 0, held: undefined };
    this.#tracked.set(uid, tracked);
    return tracked;
  }

  /** Asks the store once about all that there is, rather than pod by pod. */
  async #prime(signal: AbortSignal): Promise<void> {
    const due = [...this.#tracked].filter(([, tracked]) => this.#isDue(tracked)).map(([uid]) => uid);
    for (let at = 0; at < due.length && !signal.aborted; at += PAGE) {
      const stored = await this.#parts.history?.storedEvidence(due.slice(at, at + PAGE));
      for (const uid of stored ?? []) this.#markStored(uid, 'final');
    }
    for (const uid of this.#tracked.keys()) this.#controller?.add(uid);
  }

  async #work(uid: string, signal: AbortSignal): Promise<void> {
    const tracked = this.#tracked.get(uid);
    if (tracked === undefined) return;
    const logs = await this.#logsOf(tracked, signal);
    if (!tracked.gone && !hasEnded(tracked.pod) && logs === 'Follow') {
      this.#followers.follow(tracked.pod, 'copy');
    }
    const wanted = this.#wanted(tracked);
    if (this.#parts.history === undefined || !this.#isDue(tracked)) {
      if (tracked.gone) this.#forget(uid);
      return;
    }
    if (wanted === 'final') await this.#settle(uid, signal);
    await this.#store(tracked, wanted, logs !== 'Tail', signal);
  }

  async #store(tracked: Tracked, wanted: Wanted, whole: boolean, signal: AbortSignal): Promise<void> {
    const evidence = await this.#captured(tracked, wanted, whole, signal);
    try {
      await this.#parts.history?.putEvidence(evidence);
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      this.#parts.onLost(`evidence of pod ${evidence.podName}`, error);
    }
    const uid = evidence.podUID;
    this.#markStored(uid, wanted);
    this.#parts.onStored(tracked.pod);
    // It may have gone on meanwhile.
    if (this.#isDue(tracked)) this.#controller?.add(uid);
    else if (tracked.gone) this.#forget(uid);
  }

  async #captured(
    tracked: Tracked,
    wanted: Wanted,
    whole: boolean,
    signal: AbortSignal,
  ): Promise<PodEvidence> {
    const { held, pod, gone } = tracked;
    if (held !== undefined && (held.final || wanted === 'interim')) return held;
    const final = wanted === 'final';
    tracked.tries += 1;
    const wish = {
      pod,
      gone,
      final,
      whole,
      lastTry: tracked.tries >= LOG_TRIES,
      followed: this.#followers.of(uidOf(pod)),
    };
    try {
      const evidence = await capture(this.#parts, wish, { signal });
      this.#hold(tracked, evidence);
      return evidence;
    } catch (error) {
      // The log store is away: what the database can hold is stored now, and the whole log is tried again.
      if (error instanceof StoreError && whole) {
        const tails = await capture(this.#parts, { ...wish, whole: false }, { signal });
        await this.#parts.history?.putEvidence({ ...tails, final: false });
      }
      throw error;
    }
  }

  /** Streams that are open at the end are read out first: they hold what a fresh read may no longer get. */
  async #settle(uid: string, signal: AbortSignal): Promise<void> {
    if (this.#followers.of(uid).size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(SETTLE_MS, resolve);
      void this.#followers.settled(uid).then(() => {
        timer.cancel();
        resolve();
      });
    });
    signal.throwIfAborted();
  }

  #followLast(pod: Pod): void {
    const run = this.#parts.runOf(pod);
    const whole = run?.spec.logs === 'Whole' || run?.spec.logs === 'Follow';
    this.#followers.follow(pod, whole ? 'copy' : 'tail');
  }

  async #logsOf({ pod }: Tracked, signal: AbortSignal): Promise<NonNullable<RunSpec['logs']>> {
    const run = this.#parts.runOf(pod);
    return run === undefined ? 'Tail' : this.#parts.logsOf(run, signal);
  }

  #wanted({ pod, gone }: Tracked): Wanted {
    if (gone || hasEnded(pod)) return 'final';
    return this.#hasVerdict(pod) ? 'interim' : 'nothing';
  }

  #isDue(tracked: Tracked): boolean {
    const wanted = this.#wanted(tracked);
    return wanted === 'final'
      ? tracked.stored !== 'final'
      : wanted === 'interim' && tracked.stored === 'nothing';
  }

  /** We are about to end it: the verdict stands in the status before. */
  #hasVerdict(pod: Pod): boolean {
    return this.#parts.runOf(pod)?.status?.verdicts?.[uidOf(pod)] !== undefined;
  }

  #markStored(uid: string, what: Wanted): void {
    const tracked = this.#tracked.get(uid);
    if (tracked === undefined) return;
    tracked.stored = what;
    tracked.tries = 0;
    this.#release(tracked);
    if (what === 'final') this.#followers.forget(uid);
  }

  #forget(uid: string): void {
    const tracked = this.#tracked.get(uid);
    if (tracked !== undefined) this.#release(tracked);
    this.#followers.forget(uid);
    this.#tracked.delete(uid);
  }

  #hold(tracked: Tracked, evidence: PodEvidence): void {
    this.#release(tracked);
    tracked.held = evidence;
    this.#heldBytes += bytesOf(evidence);
    for (const other of this.#tracked.values()) {
      if (this.#heldBytes <= MOST_HELD_BYTES) return;
      if (other !== tracked && !other.gone) this.#release(other);
    }
    this.#loseOldest(tracked);
  }

  /** Pods that are gone can't be read again: what is dropped of them is lost, and said to be. */
  #loseOldest(newest: Tracked): void {
    for (const [uid, other] of this.#tracked) {
      if (this.#heldBytes <= MOST_HELD_BYTES) return;
      if (other === newest || other.held === undefined) continue;
      this.#parts.onLost(
        `evidence of pod ${other.held.podName}`,
        new Error('the store has been away for too long'),
      );
      this.#forget(uid);
    }
  }

  #release(tracked: Tracked): void {
    if (tracked.held !== undefined) this.#heldBytes -= bytesOf(tracked.held);
    tracked.held = undefined;
  }
}

/** The key that stands for the question about all pods; no UID looks like it. */
const PRIME = 'prime';

function bytesOf(evidence: PodEvidence): number {
  return evidence.logs.reduce((sum, { tail }) => sum + tail.length, 8_192);
}
