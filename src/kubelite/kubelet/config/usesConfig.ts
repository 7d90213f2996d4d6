import { allContainers, type Pod } from '../pod.ts';

/** A ConfigMap or Secret. */
export interface ConfigRef {
  readonly kind: 'configMap' | 'secret';
  readonly namespace: string;
  readonly name: string;
}

/** How a pod mentions the object. */
export interface ConfigUse {
  readonly inEnv: boolean;
  readonly inVolume: boolean;
}

/** Whether a pod takes its environment or a volume from this object. */
export function usesConfig(pod: Pod, ref: ConfigRef): ConfigUse {
  if (pod.metadata.namespace !== ref.namespace) return { inEnv: false, inVolume: false };
  return { inEnv: inEnv(pod, ref), inVolume: inVolume(pod, ref) };
}

function inEnv(pod: Pod, { kind, name }: ConfigRef): boolean {
  return allContainers(pod).some(
    ({ env, envFrom }) =>
      (env ?? []).some(({ valueFrom }) => valueFrom?.[`${kind}KeyRef`]?.name === name) ||
      (envFrom ?? []).some((source) => source[`${kind}Ref`]?.name === name),
  );
}

function inVolume(pod: Pod, { kind, name }: ConfigRef): boolean {
  return (pod.spec.volumes ?? []).some((volume) => {
    const whole = kind === 'configMap' ? volume.configMap?.name : volume.secret?.secretName;
    return whole === name || (volume.projected?.sources ?? []).some((source) => source[kind]?.name === name);
  });
}
