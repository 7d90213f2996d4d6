import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { milliUnits, parseQuantity, wholeUnits } from '../../kubernetes/quantity.ts';

/** Amounts by resource: cpu in thousandths, everything else in whole units (bytes, pieces). */
export type Amounts = ReadonlyMap<string, number>;

/** One amount as `Amounts` counts it. Rounds up. */
export function amountOf(resource: string, quantity: string): number {
  const parsed = parseQuantity(quantity);
  return resource === 'cpu' ? milliUnits(parsed) : wholeUnits(parsed);
}

/**
 * What a pod takes of its node, by Kubernetes' rule: its main containers and sidecars together, or, where that is more, an
 * init container together with the sidecars started before it; plus the pod's overhead.
 */
export function podRequests(spec: PodSpec): Amounts {
  let sidecars: Amounts = new Map();
  let initPeak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = requestsOf(container);
    if (container.restartPolicy === 'Always') sidecars = sum(sidecars, own);
    initPeak = largest(initPeak, container.restartPolicy === 'Always' ? sidecars : sum(sidecars, own));
  }
  const running = spec.containers.map(requestsOf).reduce(sum, sidecars);
  return sum(largest(running, initPeak), amounts(spec.overhead ?? {}));
}

/** The amounts of a list of quantities. */
export function amounts(quantities: Readonly<Record<string, string>>): Amounts {
  return new Map(Object.entries(quantities).map(([name, quantity]) => [name, amountOf(name, quantity)]));
}

/** Both together. */
export function sum(a: Amounts, b: Amounts): Amounts {
  return merged(a, b, (x, y) => x + y);
}

function largest(a: Amounts, b: Amounts): Amounts {
  return merged(a, b, Math.max);
}

function merged(a: Amounts, b: Amounts, combine: (x: number, y: number) => number): Amounts {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, combine(a.get(name) ?? 0, b.get(name) ?? 0)]));
}

/** A limit without a request is a request, as the API defaults it. */
function requestsOf(container: Container): Amounts {
  return amounts({ ...container.resources?.limits, ...container.resources?.requests });
}
