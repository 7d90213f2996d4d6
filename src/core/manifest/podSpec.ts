import type { EnvVar, PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { mainContainerName } from '../pod/podFacts.ts';
import { withEnvironment } from './environment.ts';

/** The spec of a pod of ours: the resolved template, never restarted, its main container with our environment. */
export function podSpec(template: PodTemplateSpec, env: readonly EnvVar[]): PodSpec {
  const main = mainContainerName(template.spec);
  return {
    ...template.spec,
    restartPolicy: 'Never',
    containers: (template.spec?.containers ?? []).map((container) =>
      container.name === main ? withEnvironment(container, env) : container,
    ),
  };
}
