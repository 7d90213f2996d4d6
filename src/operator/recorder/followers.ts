import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { hasEnded, nameOf, uidOf } from '../../core/pod/podFacts.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { LogStore } from '../../store/types.ts';
import { containerStatusOf, containersOf, logKeyOf } from './capture.ts';
import { FollowedLog } from './followLog.ts';
import { LogCopy } from './logCopy.ts';

/** Streams that are open at once: each costs a connection to the API server and up to 200 KB. Beyond it, logs are read at the end. */
const MOST_STREAMS = 1_000;

/** What followers need. */
export interface FollowersParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logStore: LogStore | undefined;
  /** The pod as last seen; undefined: it is gone. */
  readonly podNow: (uid: string) => Pod | undefined;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** All logs that are being followed, by pod and container. */
export class Followers {
  readonly #parts: FollowersParts;
  readonly #byPod = new Map<string, Map<string, FollowedLog>>();
  #streams = 0;

  constructor(parts: FollowersParts) {
    this.#parts = parts;
  }

  /** Follows every container of the pod that has started; with `copy` all of it goes to the log store. */
  follow(pod: Pod, copy: 'copy' | 'tail'): void {
    for (const container of containersOf(pod)) {
      const state = containerStatusOf(pod, container)?.state;
      if (state?.running !== undefined) this.#ensure(pod, container, copy);
    }
  }

  /** What was followed of a pod, by container. */
  of(podUID: string): ReadonlyMap<string, FollowedLog> {
    return this.#byPod.get(podUID) ?? new Map<string, FollowedLog>();
  }

  /** Resolves when the streams of a pod that has ended are read to their end, as far as they can be. */
  async settled(podUID: string): Promise<void> {
    await Promise.all([...this.of(podUID).values()].map((log) => log.done));
  }

  /**
   * When one of the pod's containers last wrote, ms of the API server's time; undefined: none is followed yet. Where there is
   * no room for another stream nobody can say, and it is now.
   */
  heardAt(podUID: string): number | undefined {
    const times = [...this.of(podUID).values()].map((log) => log.heardAt());
    if (times.length > 0) return Math.max(...times);
    return this.#streams >= MOST_STREAMS ? this.#parts.client.serverNow() : undefined;
  }

  /** Lets go of what is kept of a pod. */
  forget(podUID: string): void {
    for (const log of this.of(podUID).values()) log.stop();
    this.#byPod.delete(podUID);
  }

  /** Ends all streams; resolves when none is open. */
  async stop(): Promise<void> {
    const all = [...this.#byPod.values()].flatMap((logs) => [...logs.values()]);
    for (const podUID of this.#byPod.keys()) this.forget(podUID);
    await Promise.all(all.map((log) => log.done));
  }

  #ensure(pod: Pod, container: string, how: 'copy' | 'tail'): void {
    const logs = this.#byPod.get(uidOf(pod)) ?? new Map<string, FollowedLog>();
    if (logs.has(container) || this.#streams >= MOST_STREAMS) return;
    const { clock, random, client, logStore } = this.#parts;
    const what = `pod ${nameOf(pod)}, container ${container}`;
    const onTrouble = (error: unknown) => this.#parts.onTrouble(what, error);
    const copy =
      how === 'copy' && logStore !== undefined
        ? new LogCopy({ store: logStore, key: logKeyOf(pod, container, false), clock, random, onTrouble })
        : undefined;
    const log = new FollowedLog(
      { client, clock, random, onTrouble: (_source, error) => onTrouble(error) },
      {
        source: { namespace: pod.metadata?.namespace ?? '', pod: nameOf(pod), container, previous: false },
        copy,
        hasEnded: () => this.#hasEnded(uidOf(pod), container),
      },
    );
    this.#byPod.set(uidOf(pod), logs.set(container, log));
    this.#streams += 1;
    void log.done.finally(() => {
      this.#streams -= 1;
    });
  }

  #hasEnded(podUID: string, container: string): boolean {
    const pod = this.#parts.podNow(podUID);
    return (
      pod === undefined || hasEnded(pod) || containerStatusOf(pod, container)?.state?.terminated !== undefined
    );
  }
}
