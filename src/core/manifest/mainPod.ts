import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER, GATE, mainPodName } from '../naming/naming.ts';
import type { Run, RunTemplate } from '../run/run.ts';
import { mainEnvironment } from './environment.ts';
import { ownerReference, podMetadata } from './podMetadata.ts';
import { podSpec } from './podSpec.ts';

/**
 * The main pod of an attempt: held back by our scheduling gate until its UID is recorded, and kept by our finalizer
 * until its end is.
 */
export function mainPod(run: Run, template: RunTemplate, attempt: number): Pod {
  const spec = podSpec(template.main, mainEnvironment(run, attempt), run.spec.input);
  const theirGates = (spec.schedulingGates ?? []).filter((gate) => gate.name !== GATE);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...podMetadata(run, template, {
        name: mainPodName(run, attempt),
        stage: 'main',
        attempt,
      }),
      finalizers: [FINALIZER.outcome],
      ownerReferences: [ownerReference(run)],
    },
    spec: { ...spec, schedulingGates: [...theirGates, { name: GATE }] },
  };
}
