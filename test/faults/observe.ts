import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { runs } from '../../src/actions/resources.ts';
import type { Run } from '../../src/core/run/run.ts';
import { pods } from '../../src/kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../../src/kube/types.ts';

const PAUSE_MS = 200;

/** What a watch of our own saw of pods and runs in one namespace. */
export interface Seen {
  /** Name of a main pod -> UIDs of those of that name of which a container has started. */
  readonly started: ReadonlyMap<string, ReadonlySet<string>>;
  /** Name of a run -> UIDs of exit pods of it that ended with 0. */
  readonly handled: ReadonlyMap<string, ReadonlySet<string>>;
  /** Name of a run -> its last state that was seen, gone or not. */
  readonly runs: ReadonlyMap<string, Run>;
}

/** A watch that goes on through cuts and outages until it is stopped. */
export interface Observer extends Seen {
  stop(): Promise<void>;
}

/** Observes a namespace. `client` is asked anew whenever a watch has ended: the address may change. */
export function observe(client: () => Promise<KubeClient>, namespace: string): Observer {
  const stopped = new AbortController();
  const started = new Map<string, Set<string>>();
  const handled = new Map<string, Set<string>>();
  const last = new Map<string, Run>();

  function seePod({ metadata, status }: Pod): void {
    const { 'endwell.dev/stage': stage, 'endwell.dev/run': run = '' } = metadata?.labels ?? {};
    const { name = '', uid = '' } = metadata ?? {};
    const states = (status?.containerStatuses ?? []).map(({ state }) => state);
    if (stage === 'main' && states.some((state) => state?.running ?? state?.terminated?.startedAt))
      started.set(name, (started.get(name) ?? new Set()).add(uid));
    if (stage === 'exit' && states.some((state) => state?.terminated?.exitCode === 0))
      handled.set(run, (handled.get(run) ?? new Set()).add(uid));
  }

  async function follow<T extends KubeObject>(resource: Resource<T>, see: (object: T) => void) {
    while (!stopped.signal.aborted) {
      const options = { namespace, sendInitialEvents: true, allowBookmarks: true, signal: stopped.signal };
      try {
        for await (const event of (await client()).watch(resource, options))
          if (event.type !== 'BOOKMARK') see(event.object);
      } catch {
        await delay(PAUSE_MS);
      }
    }
  }

  const following = Promise.all([
    follow(pods, seePod),
    follow(runs, (run) => void last.set(run.metadata.name ?? '', run)),
  ]);
  return {
    started,
    handled,
    runs: last,
    async stop() {
      stopped.abort();
      await following;
    },
  };
}
