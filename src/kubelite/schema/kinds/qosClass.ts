import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';

const COUNTED = ['cpu', 'memory'];

/** Guaranteed: every container has cpu and memory limits equal to its requests. BestEffort: none has either. */
export function qosClass(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  if (containers.every((one) => !asksAnything(one))) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function asksAnything({ resources }: Container): boolean {
  return COUNTED.some((name) => isAmount(resources?.requests?.[name]) || isAmount(resources?.limits?.[name]));
}

function isGuaranteed({ resources }: Container): boolean {
  return COUNTED.every(
    (name) =>
      isAmount(resources?.limits?.[name]) && resources?.limits?.[name] === resources?.requests?.[name],
  );
}

/** Quantities are canonical here: zero is always written 0. */
function isAmount(quantity: string | undefined): boolean {
  return quantity !== undefined && quantity !== '0';
}
