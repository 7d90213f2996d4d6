import type { Container, Pod, Volume } from 'kubernetes-types/core/v1.d.ts';
import { ANNOTATION } from '../core/naming/naming.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run } from '../core/run/run.ts';
import { slim } from '../kube/watch/store.ts';

/** The mark of the sweep, and the name of a run where no label holds it. */
const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set([ANNOTATION.sweepAfter, ANNOTATION.run]);

/**
 * What the cache keeps of a pod: identity, what names its containers and bounds them, where it is, and its status.
 * Environment, commands and the like are most of a pod's bytes, and no decision looks at them; of volumes only what they
 * are filled from, for who is told that a key is missing wants to know where.
 */
export function trimPod(pod: Pod): Pod {
  const { annotations, ...rest } = slim(pod).metadata ?? {};
  const kept = Object.entries(annotations ?? {}).filter(([key]) => KEPT_ANNOTATIONS.has(key));
  const metadata = kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
  const spec = pod.spec;
  if (!spec) return { ...pod, metadata };
  return {
    ...pod,
    metadata,
    spec: {
      containers: spec.containers.map(trimContainer),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(trimContainer) } : {}),
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      ...(spec.schedulingGates ? { schedulingGates: spec.schedulingGates } : {}),
      ...(spec.activeDeadlineSeconds === undefined
        ? {}
        : { activeDeadlineSeconds: spec.activeDeadlineSeconds }),
      ...(spec.terminationGracePeriodSeconds === undefined
        ? {}
        : { terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds }),
      ...trimVolumes(spec.volumes ?? []),
    },
  };
}

function trimVolumes(volumes: readonly Volume[]): { volumes?: Volume[] } {
  const kept = volumes.flatMap(({ name, configMap, secret }): Volume[] => [
    ...(configMap?.name === undefined ? [] : [{ name, configMap: { name: configMap.name } }]),
    ...(secret?.secretName === undefined ? [] : [{ name, secret: { secretName: secret.secretName } }]),
  ]);
  return kept.length === 0 ? {} : { volumes: kept };
}

function trimContainer(container: Container): Container {
  const limits = container.resources?.limits;
  return {
    name: container.name,
    ...(container.image === undefined ? {} : { image: container.image }),
    ...(container.restartPolicy === undefined ? {} : { restartPolicy: container.restartPolicy }),
    ...(limits ? { resources: { limits } } : {}),
  };
}

/** What the cache keeps of a run: of one that is over, the pods that it asked for are left out. */
export function trimRun(run: Run): Run {
  const slimmed = slim(run);
  if (!isTerminal(run.status?.phase)) return slimmed;
  const { exitHandler: _unused, ...spec } = slimmed.spec;
  return { ...slimmed, spec: { ...spec, main: {} } };
}
