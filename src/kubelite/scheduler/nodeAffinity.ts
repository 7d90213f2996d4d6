import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from 'kubernetes-types/core/v1.d.ts';

/** True when the node has what the pod's node selector and required node affinity ask for. */
export function matchesNode(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const wanted = Object.entries(spec.nodeSelector ?? {});
  if (wanted.some(([key, value]) => labels[key] !== value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** A term without any requirement matches nothing: Kubernetes' rule. */
function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata?.labels ?? {};
  const byField: Record<string, string | undefined> = { 'metadata.name': node.metadata?.name };
  return (
    expressions.every((one) => matches(one, labels[one.key])) &&
    fields.every((one) => matches(one, byField[one.key]))
  );
}

function matches(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0]);
    case 'Lt':
      return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function isWhole(text: string | undefined): text is string {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}
