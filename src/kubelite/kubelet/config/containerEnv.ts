import type { Container, EnvFromSource, EnvVarSource } from 'kubernetes-types/core/v1.d.ts';
import { ContainerProblem } from '../life/sandbox.ts';
import { allContainers, type Pod } from '../pod.ts';
import type { ConfigData, ConfigSources } from './configSources.ts';
import { expand } from './expand.ts';
import { type NodeAmounts, podField, resourceField } from './fields.ts';

/** What a container's environment is made from. */
export interface EnvOrder {
  readonly pod: Pod;
  readonly container: Container;
  readonly sources: ConfigSources;
  readonly node: NodeAmounts;
}

/**
 * The variables that the pod gives a container: `envFrom` first, then `env`, each value expanded with what came before it.
 * Throws `ContainerProblem` (CreateContainerConfigError) that names the missing object or key in Kubernetes' words.
 */
export function containerEnv(order: EnvOrder): Record<string, string> {
  const env: Record<string, string> = {};
  for (const source of order.container.envFrom ?? []) Object.assign(env, fromSource(order, source));
  for (const { name, value, valueFrom } of order.container.env ?? []) {
    if (valueFrom) {
      const found = fromReference(order, valueFrom);
      if (found !== undefined) env[name] = found;
    } else {
      env[name] = expand(value ?? '', (one) => env[one]);
    }
  }
  return env;
}

function fromSource(order: EnvOrder, source: EnvFromSource): Record<string, string> {
  const { configMapRef, secretRef, prefix = '' } = source;
  const data = configMapRef
    ? findObject(order, 'configmap', configMapRef.name ?? '', configMapRef.optional)
    : findObject(order, 'secret', secretRef?.name ?? '', secretRef?.optional);
  return Object.fromEntries([...(data ?? [])].map(([key, value]) => [`${prefix}${key}`, value.toString()]));
}

function fromReference(order: EnvOrder, source: EnvVarSource): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source;
  if (configMapKeyRef) return fromKey(order, 'configmap', configMapKeyRef);
  if (secretKeyRef) return fromKey(order, 'secret', secretKeyRef);
  if (fieldRef) return fromField(order, fieldRef.fieldPath);
  if (!resourceFieldRef) return undefined;
  const named = allContainers(order.pod).find((one) => one.name === resourceFieldRef.containerName);
  return resourceField(named ?? order.container, resourceFieldRef, order.node);
}

function fromField(order: EnvOrder, path: string): string {
  const value = podField(order.pod, path);
  if (value !== undefined) return value;
  throw configProblem(`field label not supported: ${path}`);
}

function fromKey(
  order: EnvOrder,
  kind: 'configmap' | 'secret',
  ref: { readonly name?: string; readonly key: string; readonly optional?: boolean },
): string | undefined {
  const data = findObject(order, kind, ref.name ?? '', ref.optional);
  const value = data?.get(ref.key);
  if (value || ref.optional) return value?.toString();
  const title = kind === 'configmap' ? 'ConfigMap' : 'Secret';
  throw configProblem(`couldn't find key ${ref.key} in ${title} ${order.pod.metadata.namespace}/${ref.name}`);
}

function findObject(
  order: EnvOrder,
  kind: 'configmap' | 'secret',
  name: string,
  optional: boolean | undefined,
): ConfigData | undefined {
  const namespace = order.pod.metadata.namespace ?? '';
  const data =
    kind === 'configmap' ? order.sources.configMap(namespace, name) : order.sources.secret(namespace, name);
  if (!data && !optional) throw configProblem(`${kind} "${name}" not found`);
  return data;
}

function configProblem(message: string): ContainerProblem {
  return new ContainerProblem('CreateContainerConfigError', message);
}
