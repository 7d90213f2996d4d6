import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Pod } from '../kubelet/pod.ts';
import { matchesNode } from './nodeAffinity.ts';
import { type Amounts, amounts, podRequests } from './podRequests.ts';
import { untoleratedTaint } from './taints.ts';

/** A node with what its pods take of it. */
export interface NodeLoad {
  readonly node: Node;
  readonly used: Amounts;
  readonly pods: number;
}

/** Why a node is no place for a pod. `preemptible`: fewer pods on it would help. */
export interface Misfit {
  readonly reasons: readonly string[];
  readonly preemptible: boolean;
}

/** Undefined when the pod fits; else the scheduler's reasons, the first filter that refuses speaking for all. */
export function fitNode(pod: Pod, { node, used, pods }: NodeLoad): Misfit | undefined {
  if (node.spec?.unschedulable && !toleratesUnschedulable(pod)) return fixed('node(s) were unschedulable');
  const taint = untoleratedTaint(pod.spec, node);
  if (taint) return fixed(`node(s) had untolerated taint(s)`);
  if (!matchesNode(pod.spec, node)) return fixed("node(s) didn't match Pod's node affinity/selector");
  const allocatable = amounts(node.status?.allocatable ?? {});
  const reasons: string[] = [];
  let tooLarge = false;
  if (pods + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of podRequests(pod.spec)) {
    const there = allocatable.get(name) ?? 0;
    if (amount <= 0 || amount <= there - (used.get(name) ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    tooLarge ||= amount > there;
  }
  return reasons.length === 0 ? undefined : { reasons, preemptible: !tooLarge };
}

function fixed(reason: string): Misfit {
  return { reasons: [reason], preemptible: false };
}

function toleratesUnschedulable(pod: Pod): boolean {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
  return untoleratedTaint(pod.spec, { spec: { taints: [cordon] } }) === undefined;
}
