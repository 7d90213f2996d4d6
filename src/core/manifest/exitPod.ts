import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { exitPodName } from '../naming/naming.ts';
import type { Run, RunTemplate } from '../run/run.ts';
import { exitEnvironment } from './environment.ts';
import { ownerReference, podMetadata } from './podMetadata.ts';
import { podSpec } from './podSpec.ts';

/**
 * The pod of an attempt of the exit handler. While its run is being deleted it has no owner: a cascading delete in the
 * foreground would delete it before it has run. Throws when the template has no handler, which is a defect.
 */
export function exitPod(run: Run, template: RunTemplate, attempt: number): Pod {
  if (template.exitHandler === undefined) {
    throw new Error(
      `building the exit pod of run ${run.metadata.name ?? '?'}: its template has no exit handler`,
    );
  }
  const name = exitPodName(run, attempt);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...podMetadata(run, template, { name, stage: 'exit', attempt }),
      ...(run.metadata.deletionTimestamp === undefined ? { ownerReferences: [ownerReference(run)] } : {}),
    },
    spec: podSpec(template.exitHandler, exitEnvironment(run, attempt), run.spec.input),
  };
}
