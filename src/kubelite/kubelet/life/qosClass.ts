import type { PodSpec, ResourceRequirements } from 'kubernetes-types/core/v1.d.ts';
import { compareQuantities, parseQuantity } from '../../../kubernetes/quantity.ts';

const COUNTED = ['cpu', 'memory'] as const;

/** Kubernetes' quality-of-service class of a pod, from its containers' requests and limits. */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...(spec.initContainers ?? []), ...spec.containers].map((one) => one.resources ?? {});
  if (all.every((resources) => COUNTED.every((name) => !amount(resources, name)))) return 'BestEffort';
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function amount(resources: ResourceRequirements, name: string): boolean {
  return positive(resources.limits?.[name]) || positive(resources.requests?.[name]);
}

function positive(quantity: string | undefined): boolean {
  return quantity !== undefined && parseQuantity(quantity).nano > 0n;
}

function isGuaranteed(resources: ResourceRequirements): boolean {
  return COUNTED.every((name) => {
    const limit = resources.limits?.[name];
    const request = resources.requests?.[name] ?? limit;
    if (limit === undefined || request === undefined || !positive(limit)) return false;
    return compareQuantities(parseQuantity(limit), parseQuantity(request)) === 0;
  });
}
