import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { type EffectOptions, withSignal } from '../actions/target.ts';
import type { NodeFacts } from '../core/decide/decision.ts';
import { timeOf } from '../core/run/conditions.ts';
import { ForbiddenError, type KubeError, NotFoundError } from '../kube/errors.ts';
import { nodes } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { createInformer, type Informer } from '../kube/watch/informer.ts';
import type { Clock, Random } from '../ports/clock.ts';

/** Says that a node is lost for good: whoever sets it vouches that nothing runs there any more. */
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** Where nodes can't be watched, one read serves all runs of a node for so long. */
const READ_AGAIN_MS = 10_000;

/** Who may not read nodes is not asked about each one; a right that is granted is noticed within a minute. */
const FORBIDDEN_AGAIN_MS = 60_000;

const ABSENT: NodeFacts = { exists: false, ready: false, outOfService: false, notReadySince: undefined };

/** What the operator knows of nodes. Without the right to see them it knows nothing, and goes on without. */
export interface Nodes {
  readonly informer: Informer<Node>;
  /** Resolves as soon as every node was seen, or it is clear that none may be seen; true then, false when stopped before. */
  whenSettled(): Promise<boolean>;
  isSettled(): boolean;
  /** What keeps the picture from being whole; a missing right is none. */
  problem(): KubeError | undefined;
  /**
   * Facts of some nodes, by name; those that can't be known are left out. That a node is gone or out of service is
   * only ever said after a fresh read.
   */
  factsOf(names: Iterable<string>, options: EffectOptions): Promise<Map<string, NodeFacts>>;
}

/** Watches nodes; `onNode` hears of a node when something changes that `NodeFacts` tells: heartbeats are not told. */
export function createNodes(
  parts: { readonly client: KubeClient; readonly clock: Clock; readonly random: Random },
  listener: { onNode(name: string): void; onDefect(error: unknown): void },
): Nodes {
  const { clock } = parts;
  let isForbidden = false;
  let settle: (whole: boolean) => void = () => {};
  const settled = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const informer = createInformer<Node>({
    ...parts,
    resource: nodes,
    transform: trimNode,
    onError(error) {
      isForbidden = error instanceof ForbiddenError;
      if (isForbidden) settle(true);
    },
    onHandlerError: (error) => listener.onDefect(error),
  });
  void informer.whenSynced().then(settle);
  const reads = new NodeReads(parts.client, clock);
  informer.onChange((change) => {
    reads.forget(change.key);
    if (change.kind !== 'updated' || !isSame(nodeFacts(change.previous), nodeFacts(change.object)))
      listener.onNode(change.key);
  });
  const isWatched = () => informer.hasSynced() && !(informer.problem() instanceof ForbiddenError);
  const factsOfOne = async (name: string, options: EffectOptions): Promise<NodeFacts | undefined> => {
    const seen = isWatched() ? informer.store.getByKey(name) : undefined;
    const facts = seen && nodeFacts(seen);
    if (facts && !(facts.outOfService && !facts.ready)) return facts;
    return isWatched() ? reads.absence(name, options) : reads.recent(name, options);
  };
  return {
    informer,
    whenSettled: () => settled,
    isSettled: () => informer.hasSynced() || isForbidden,
    problem: () => (informer.problem() instanceof ForbiddenError ? undefined : informer.problem()),
    async factsOf(names, options) {
      const known = new Map<string, NodeFacts>();
      for (const name of new Set(names)) {
        const facts = await factsOfOne(name, options);
        if (facts) known.set(name, facts);
      }
      return known;
    },
  };
}

/** What a Node object tells of the node. */
export function nodeFacts(node: Node): NodeFacts {
  const condition = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const ready = condition?.status === 'True';
  return {
    exists: true,
    ready,
    outOfService: node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false,
    notReadySince: ready ? undefined : timeOf(condition?.lastTransitionTime),
  };
}

/** What the cache keeps of a node: a heartbeat leaves nothing of it changed but its version. */
function trimNode(node: Node): Node {
  const { name = '', uid = '', resourceVersion = '' } = node.metadata ?? {};
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const taint = node.spec?.taints?.find(({ key }) => key === OUT_OF_SERVICE);
  return {
    metadata: { name, uid, resourceVersion },
    ...(taint ? { spec: { taints: [{ key: taint.key, effect: taint.effect }] } } : {}),
    status: {
      conditions: ready
        ? [
            {
              type: 'Ready',
              status: ready.status,
              ...(ready.lastTransitionTime ? { lastTransitionTime: ready.lastTransitionTime } : {}),
            },
          ]
        : [],
    },
  };
}

function isSame(a: NodeFacts, b: NodeFacts): boolean {
  return a.ready === b.ready && a.outOfService === b.outOfService && a.notReadySince === b.notReadySince;
}

/** Nodes that were read one by one. */
class NodeReads {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #recent = new Map<string, { readonly facts: NodeFacts; readonly at: number }>();
  readonly #absent = new Set<string>();
  #forbiddenUntil = Number.NEGATIVE_INFINITY;

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The watch has news of the node. */
  forget(name: string): void {
    this.#absent.delete(name);
  }

  /** Of a node that the watch does not show, or shows as lost: a proved absence holds until the watch shows the node. */
  async absence(name: string, options: EffectOptions): Promise<NodeFacts | undefined> {
    if (this.#absent.has(name)) return ABSENT;
    const facts = await this.#read(name, options);
    if (facts === ABSENT) this.#absent.add(name);
    return facts;
  }

  /** Without a watch: as a read of the last seconds had it. */
  async recent(name: string, options: EffectOptions): Promise<NodeFacts | undefined> {
    const now = this.#clock.monotonic();
    const known = this.#recent.get(name);
    if (known && now < known.at + READ_AGAIN_MS) return known.facts;
    this.#recent.delete(name);
    const facts = await this.#read(name, options);
    if (facts) this.#recent.set(name, { facts, at: now });
    return facts;
  }

  async #read(name: string, options: EffectOptions): Promise<NodeFacts | undefined> {
    if (this.#clock.monotonic() < this.#forbiddenUntil) return undefined;
    try {
      return nodeFacts(await this.#client.get(nodes, { name }, withSignal(options)));
    } catch (error) {
      if (error instanceof NotFoundError) return ABSENT;
      if (!(error instanceof ForbiddenError)) throw error;
      this.#forbiddenUntil = this.#clock.monotonic() + FORBIDDEN_AGAIN_MS;
      return undefined;
    }
  }
}
