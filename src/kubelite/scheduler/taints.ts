import type { Node, PodSpec, Taint, Toleration } from 'kubernetes-types/core/v1.d.ts';

/** The first taint that keeps the pod off the node; undefined when there is none. */
export function untoleratedTaint(spec: PodSpec, node: Node): Taint | undefined {
  return (node.spec?.taints ?? []).find(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' && !(spec.tolerations ?? []).some((one) => tolerates(one, taint)),
  );
}

/** Kubernetes' rule: an empty effect or key stands for all; without an operator the values have to be equal. */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}
