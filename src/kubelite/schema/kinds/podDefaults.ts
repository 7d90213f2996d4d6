import type { Container, Pod, PodSpec, Toleration } from 'kubernetes-types/core/v1.d.ts';
import type { JsonObject } from '../../../kubernetes/json.ts';
import { defaultContainer } from './containerDefaults.ts';
import { qosClass } from './qosClass.ts';
import { defaultVolume } from './volumeDefaults.ts';

/** Seconds that a pod stays on a node that became unready or unreachable (Kubernetes' DefaultTolerationSeconds). */
const NODE_LOST_SECONDS = 300;
const GRACE_SECONDS = 30;

/** A pod with the API server's defaults; a new one has the status that pods begin with. */
export function defaultPod(object: JsonObject, old: JsonObject | undefined): JsonObject {
  const pod = object as unknown as Pod;
  if (old !== undefined && object['spec'] === old['spec']) return { ...object };
  const spec = defaultSpec(pod.spec ?? ({} as PodSpec));
  if (old !== undefined) return { ...object, spec } as unknown as JsonObject;
  return { ...object, spec, status: { phase: 'Pending', qosClass: qosClass(spec) } } as unknown as JsonObject;
}

function defaultSpec(spec: PodSpec): PodSpec {
  const hostNetwork = spec.hostNetwork === true;
  const containers = (list: readonly Container[]) =>
    list.map(({ restartPolicy: _dropped, ...one }) => defaultContainer(one, hostNetwork));
  const inits = (list: readonly Container[]) =>
    list.map((one) =>
      one.restartPolicy === 'Always' ? defaultContainer(one, hostNetwork) : (containers([one])[0] ?? one),
    );
  return {
    ...spec,
    ...(spec.volumes ? { volumes: spec.volumes.map(defaultVolume) } : {}),
    ...(spec.initContainers ? { initContainers: inits(spec.initContainers) } : {}),
    containers: containers(spec.containers ?? []),
    restartPolicy: spec.restartPolicy || 'Always',
    terminationGracePeriodSeconds: graceSeconds(spec.terminationGracePeriodSeconds),
    dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName || 'default-scheduler',
    enableServiceLinks: spec.enableServiceLinks ?? true,
    tolerations: defaultTolerations(spec.tolerations ?? []),
  };
}

/** Kubernetes takes a negative grace for one second. */
function graceSeconds(asked: number | undefined): number {
  if (asked === undefined) return GRACE_SECONDS;
  return asked < 0 ? 1 : asked;
}

function defaultTolerations(tolerations: readonly Toleration[]): Toleration[] {
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !tolerations.some((one) => toleratesLoss(one, key)))
    .map(
      (key): Toleration => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: NODE_LOST_SECONDS,
      }),
    );
  return [...tolerations, ...added];
}

function toleratesLoss(toleration: Toleration, key: string): boolean {
  const { key: own = '', effect = '' } = toleration;
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}
