import type { Container, Pod } from 'kubernetes-types/core/v1.d.ts';

type ConfigKind = 'Secret' | 'ConfigMap';

/**
 * The Secrets and ConfigMaps without which the kubelet does not make a container's environment, each once and in the order
 * of its spec, as `Secret db`; those that are optional are not among them.
 */
export function configRefs(pod: Pod, containerName: string): string[] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const container = containers.find(({ name }) => name === containerName);
  return container === undefined ? [] : [...new Set(refsOf(container))];
}

function refsOf({ env = [], envFrom = [] }: Container): string[] {
  return [
    ...envFrom.flatMap(({ secretRef, configMapRef }) => [
      ...named('Secret', secretRef),
      ...named('ConfigMap', configMapRef),
    ]),
    ...env.flatMap(({ valueFrom }) => [
      ...named('Secret', valueFrom?.secretKeyRef),
      ...named('ConfigMap', valueFrom?.configMapKeyRef),
    ]),
  ];
}

function named(kind: ConfigKind, ref: { name?: string; optional?: boolean } | undefined): string[] {
  return ref?.name === undefined || ref.optional === true ? [] : [`${kind} ${ref.name}`];
}
