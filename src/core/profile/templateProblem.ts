import type { Container, PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { ImageReferenceError, parseImageReference } from '../../kubernetes/imageReference.ts';
import { dnsLabel } from '../../kubernetes/names.ts';
import { compareQuantities, parseQuantity, QuantityError } from '../../kubernetes/quantity.ts';

/** Metadata of a template that means something to us. The rest would be dropped, and nothing is dropped in silence. */
const METADATA: ReadonlySet<string> = new Set(['labels', 'annotations', 'creationTimestamp']);

/**
 * What in a resolved template no API server would take, or would not mean what its author thinks: one sentence that
 * names the field. The API server's own checks follow in a dry run; these can be made without one.
 *
 * @param path where the template stands, as `spec.main`
 */
export function templateProblem(template: PodTemplateSpec, path: string): string | undefined {
  return (
    metadataProblem(template, path) ??
    restartProblem(template, path) ??
    firstOf([
      ...containersOf(template.spec?.containers, `${path}.spec.containers`),
      ...containersOf(template.spec?.initContainers, `${path}.spec.initContainers`),
    ])
  );
}

function metadataProblem(template: PodTemplateSpec, path: string): string | undefined {
  const odd = Object.keys(template.metadata ?? {}).find((field) => !METADATA.has(field));
  return odd === undefined
    ? undefined
    : `${path}.metadata.${odd} can not be set; allowed here: labels, annotations (names and owners of pods are ours)`;
}

function restartProblem(template: PodTemplateSpec, path: string): string | undefined {
  const policy = template.spec?.restartPolicy ?? 'Never';
  return policy === 'Never'
    ? undefined
    : `${path}.spec.restartPolicy is ${policy}; only Never is allowed: attempts are Endwell's, one pod each`;
}

function containersOf(containers: readonly Container[] | undefined, path: string): (string | undefined)[] {
  return (containers ?? []).map((container, index) =>
    containerProblem(container, `${path}[${container.name ?? index}]`),
  );
}

function containerProblem(container: Container, path: string): string | undefined {
  const [nameProblem] = dnsLabel(container.name ?? '');
  if (nameProblem !== undefined) {
    return `${path}.name ${JSON.stringify(container.name ?? '')} is not valid: ${nameProblem}`;
  }
  return imageProblem(container, path) ?? resourcesProblem(container, path);
}

function imageProblem(container: Container, path: string): string | undefined {
  if (container.image === undefined || container.image === '') {
    return `${path}.image is required: the name of a container image`;
  }
  try {
    parseImageReference(container.image);
    return undefined;
  } catch (error) {
    if (error instanceof ImageReferenceError) {
      return `${path}.image: ${error.message}`;
    }
    throw error;
  }
}

function resourcesProblem(container: Container, path: string): string | undefined {
  const { requests = {}, limits = {} } = container.resources ?? {};
  return firstOf([
    ...Object.entries(requests).map(([name, value]) =>
      quantityProblem(value, `${path}.resources.requests.${name}`),
    ),
    ...Object.entries(limits).map(([name, value]) =>
      quantityProblem(value, `${path}.resources.limits.${name}`),
    ),
    ...Object.entries(requests).map(([name, value]) => overLimit(name, value, limits[name], path)),
  ]);
}

function quantityProblem(value: unknown, path: string): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return `${path} must be a quantity, as 500m or 2Gi`;
  }
  try {
    const { nano } = parseQuantity(value);
    return nano < 0n ? `${path} is ${value}; it must not be negative` : undefined;
  } catch (error) {
    if (error instanceof QuantityError) {
      return `${path}: ${error.message}`;
    }
    throw error;
  }
}

function overLimit(
  name: string,
  request: string,
  limit: string | undefined,
  path: string,
): string | undefined {
  if (
    limit === undefined ||
    quantityProblem(request, '') !== undefined ||
    quantityProblem(limit, '') !== undefined
  ) {
    return undefined;
  }
  return compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0
    ? `${path}.resources.requests.${name} is ${request}, more than limits.${name}, which is ${limit}: set both (the profile may have set the limit)`
    : undefined;
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
