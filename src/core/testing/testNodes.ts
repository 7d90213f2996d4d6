import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { NodeFacts } from '../decide/decision.ts';

/** Nodes of a test: those that nobody spoke of answer. */
export class TestNodes {
  readonly facts = new Map<string, NodeFacts>();
  /** Where a pod that starts is put. */
  current = 'node1';

  /** The node on which pods start answers no more; the next ones start on another. */
  lose(): void {
    this.facts.set(this.current, {
      exists: true,
      ready: false,
      outOfService: false,
      notReadySince: undefined,
    });
    this.current = `node${this.facts.size + 1}`;
  }

  /** Nodes that did not answer do so again, and their kubelets do what was asked of them. */
  return(): void {
    for (const [name, facts] of this.facts) {
      this.facts.set(name, { ...facts, ready: facts.exists });
    }
  }

  /** Nodes that don't answer are taken out of the cluster. */
  remove(): void {
    for (const [name, facts] of this.facts) {
      this.facts.set(name, { ...facts, exists: facts.exists && facts.ready });
    }
  }

  /** Whether the node of a pod, or the one that it would be put on, does what is asked of it. */
  answers(pod: Pod): boolean {
    return this.facts.get(pod.spec?.nodeName ?? this.current)?.ready ?? true;
  }

  /** Whether a pod's node was taken out of the cluster. */
  isGone(pod: Pod): boolean {
    return this.facts.get(pod.spec?.nodeName ?? '')?.exists === false;
  }
}
