import { queues } from '../../actions/resources.ts';
import type { Queue } from '../../core/queue/queue.ts';
import { QueueIndex } from '../../core/queue/resolveQueue.ts';
import { type KubeError, NotFoundError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import { createInformer } from '../../kube/watch/informer.ts';
import type { Clock, Random } from '../../ports/clock.ts';

/** The queues that exist, as a watch shows them. */
export interface QueueWatch {
  start(): void;
  stop(): Promise<void>;
  /** True once all queues have been seen, or the API server said that it does not know the kind. */
  isSettled(): boolean;
  index(): QueueIndex;
  queue(id: string): Queue | undefined;
  /** Why queues can't be seen; undefined when they can. */
  problem(): KubeError | undefined;
}

interface QueueWatchParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Empty: all. The operator's own is watched in any case. */
  readonly watchNamespaces: readonly string[];
  readonly operatorNamespace: string;
  /** A queue has come, changed its spec, or gone. */
  readonly onChange: () => void;
  readonly onDefect: (error: unknown) => void;
}

/** Watches queues of the watched namespaces and of the operator's. */
export function createQueueWatch(parts: QueueWatchParts): QueueWatch {
  const { watchNamespaces, operatorNamespace, onChange } = parts;
  const places =
    watchNamespaces.length === 0
      ? [{}]
      : [...new Set([...watchNamespaces, operatorNamespace])].map((namespace) => ({ namespace }));
  const informers = places.map((scope) =>
    createInformer<Queue>({
      client: parts.client,
      resource: queues,
      scope,
      clock: parts.clock,
      random: parts.random,
      onHandlerError: parts.onDefect,
    }),
  );
  let index: QueueIndex | undefined;
  for (const informer of informers) {
    informer.onChange((change) => {
      // Our own writes of the status come back too, and change nothing.
      if (change.kind === 'updated' && isSameSpec(change.object, change.previous)) return;
      index = undefined;
      onChange();
    });
  }
  const list = () => informers.flatMap(({ store }) => store.list());
  return {
    start: () => informers.forEach((informer) => informer.start()),
    stop: async () => void (await Promise.all(informers.map((informer) => informer.stop()))),
    // A cluster whose CRDs are older than this program has no queues, and its plain runs go on.
    isSettled: () =>
      informers.every((informer) => informer.hasSynced() || informer.problem() instanceof NotFoundError),
    index() {
      index ??= new QueueIndex(list(), operatorNamespace);
      return index;
    },
    queue: (id) => informers.map(({ store }) => store.getByKey(id)).find((queue) => queue !== undefined),
    problem: () => informers.map((informer) => informer.problem()).find((error) => error !== undefined),
  };
}

function isSameSpec(a: Queue, b: Queue): boolean {
  return JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
