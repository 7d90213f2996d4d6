import { runs } from '../../../actions/resources.ts';
import { pods } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { createInformer } from '../../../kube/watch/informer.ts';
import type { Clock, Random } from '../../../ports/clock.ts';
import { onAbort } from '../../../ports/onAbort.ts';
import { Sightings } from './sightings.ts';

/** Watches a namespace from outside of the operator. */
export interface Watcher {
  readonly seen: Sightings;
  /** Resolves with true as soon as `holds` does, with false at `until` (monotonic). Rejects when the signal is aborted. */
  until(holds: (seen: Sightings) => boolean, until: number, signal: AbortSignal): Promise<boolean>;
  /** What keeps it from being up to date; undefined when nothing does. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** What a watcher is made of. */
export interface WatcherParts {
  readonly client: Pick<KubeClient, 'listAll' | 'watch'>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Begins to watch runs and pods of a namespace, by the watch cache that the operator itself has. */
export function startWatcher({ client, namespace, clock, random }: WatcherParts): Watcher {
  const seen = new Sightings();
  const waiting = new Set<() => void>();
  const look = () => {
    for (const wait of waiting) wait();
  };
  const parts = { client, clock, random, scope: { namespace } };
  const ofRuns = createInformer({ ...parts, resource: runs });
  const ofPods = createInformer({ ...parts, resource: pods });
  ofRuns.onChange((change) => {
    seen.onRun(change, clock.monotonic());
    look();
  });
  ofPods.onChange((change) => {
    seen.onPod(change, clock.monotonic());
    look();
  });
  ofRuns.start();
  ofPods.start();
  return {
    seen,
    until(holds, until, signal) {
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          waiting.delete(check);
          timer.cancel();
          forget();
          settle();
        };
        const check = () => {
          if (holds(seen)) end(() => resolve(true));
        };
        const timer = clock.after(Math.max(0, until - clock.monotonic()), () =>
          end(() => resolve(holds(seen))),
        );
        let forget = () => {};
        waiting.add(check);
        forget = onAbort(signal, () => end(() => reject(signal.reason as Error)));
        check();
      });
    },
    problem: () => (ofRuns.problem() ?? ofPods.problem())?.message,
    async stop() {
      await Promise.all([ofRuns.stop(), ofPods.stop()]);
    },
  };
}
