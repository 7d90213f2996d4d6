import type { Container, PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { compareQuantities, parseQuantity, QuantityError } from '../../kubernetes/quantity.ts';
import type { PodTemplateOverlay } from '../run/run.ts';

/** What a container asks for or may have at most, by resource. */
type Quantities = Readonly<Record<string, string>>;

/**
 * The template with defaults that gave way: where a layer sets the limit of a resource and not its request, a higher
 * request that came from a layer below is lowered to that limit. So who caps a job needs not know what its profile asks
 * for. A layer that sets both contradicts itself, and a limit never gives way: both are left as they are, to be refused.
 *
 * @param merged the template with the layer laid over it
 * @param layer what the layer itself said of the pod
 */
export function lowerRequests(
  merged: PodTemplateSpec,
  layer: readonly PodTemplateOverlay[],
): PodTemplateSpec {
  const { spec } = merged;
  if (spec === undefined) {
    return merged;
  }
  const said = layer.flatMap((overlay) => [
    ...(overlay.spec?.containers ?? []),
    ...(overlay.spec?.initContainers ?? []),
  ]);
  const lowered = (container: Container) =>
    lowerContainer(
      container,
      said.filter((one) => one.name === container.name),
    );
  return {
    ...merged,
    spec: {
      ...spec,
      ...(spec.containers === undefined ? {} : { containers: spec.containers.map(lowered) }),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(lowered) }),
    },
  };
}

function lowerContainer(container: Container, said: readonly Container[]): Container {
  const requests: Quantities = container.resources?.requests ?? {};
  const limits = Object.assign({}, ...said.map((one) => one.resources?.limits)) as Quantities;
  const own = Object.assign({}, ...said.map((one) => one.resources?.requests)) as Quantities;
  const gives = Object.entries(limits).filter(
    ([name, limit]) => own[name] === undefined && isMore(requests[name], limit),
  );
  return gives.length === 0
    ? container
    : {
        ...container,
        resources: { ...container.resources, requests: { ...requests, ...Object.fromEntries(gives) } },
      };
}

/** Whether both are quantities and the first is more; what is no quantity is refused elsewhere. */
function isMore(request: string | undefined, limit: string): boolean {
  try {
    return request !== undefined && compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0;
  } catch (error) {
    if (error instanceof QuantityError) {
      return false;
    }
    throw error;
  }
}
