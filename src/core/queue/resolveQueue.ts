import { BUILT_IN_QUEUES, type Queue, type QueueSpec } from './queue.ts';

/** A queue as a run finds it. */
export interface ResolvedQueue {
  /** `namespace/name`; of a built-in one that of the operator, for it is one queue for all namespaces. */
  readonly id: string;
  readonly name: string;
  /** Undefined: built in. */
  readonly namespace: string | undefined;
  readonly spec: QueueSpec;
}

/** Finds queues by the name that a run gives. */
export class QueueIndex {
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #operatorNamespace: string;
  /** By namespace and name, for the same few are asked for again and again. */
  readonly #found = new Map<string, Map<string, ResolvedQueue | undefined>>();

  constructor(queues: Iterable<Queue>, operatorNamespace: string) {
    this.#queues = new Map(
      [...queues].map((queue) => [idOf(queue.metadata.namespace ?? '', queue.metadata.name ?? ''), queue]),
    );
    this.#operatorNamespace = operatorNamespace;
  }

  /** The queue of a run: of its own namespace, else of the operator's, else built in; undefined: there is none. */
  find(name: string, runNamespace: string): ResolvedQueue | undefined {
    const known = this.#found.get(runNamespace) ?? new Map<string, ResolvedQueue | undefined>();
    if (known.has(name)) return known.get(name);
    const queue = this.#look(name, runNamespace);
    this.#found.set(runNamespace, known.set(name, queue));
    return queue;
  }

  #look(name: string, runNamespace: string): ResolvedQueue | undefined {
    for (const namespace of [runNamespace, this.#operatorNamespace]) {
      const queue = this.#queues.get(idOf(namespace, name));
      if (queue !== undefined) return { id: idOf(namespace, name), name, namespace, spec: queue.spec };
    }
    return this.#builtIn(name);
  }

  /** Every queue that exists, and the built-in ones that no object stands in for, in order of their ids. */
  all(): ResolvedQueue[] {
    const objects = [...this.#queues].map(([id, { metadata, spec }]) => ({
      id,
      name: metadata.name ?? '',
      namespace: metadata.namespace ?? '',
      spec,
    }));
    const builtIn = Object.keys(BUILT_IN_QUEUES)
      .filter((name) => !this.#queues.has(idOf(this.#operatorNamespace, name)))
      .flatMap((name) => this.#builtIn(name) ?? []);
    return [...objects, ...builtIn].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #builtIn(name: string): ResolvedQueue | undefined {
    const spec = Object.hasOwn(BUILT_IN_QUEUES, name) ? BUILT_IN_QUEUES[name] : undefined;
    return spec === undefined
      ? undefined
      : { id: idOf(this.#operatorNamespace, name), name, namespace: undefined, spec };
  }
}

/** Whether anything in a queue can hold a run up. */
export function hasLimit({
  maxRunning,
  maxRunningPerNamespace,
  maxRunningPerSubject,
  maxQueued,
}: QueueSpec): boolean {
  return [maxRunning, maxRunningPerNamespace, maxRunningPerSubject, maxQueued].some(
    (limit) => limit !== undefined,
  );
}

function idOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
