import type { EnvVar, PodSpec, PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { mainContainerName } from '../pod/podFacts.ts';
import type { RunInput } from '../run/run.ts';
import { withEnvironment } from './environment.ts';
import { inputVariable, withInput } from './input.ts';

/** The spec of a pod of ours: the resolved template, never restarted, its main container with our environment and input. */
export function podSpec(
  template: PodTemplateSpec,
  env: readonly EnvVar[],
  input: RunInput | undefined,
): PodSpec {
  const main = mainContainerName(template.spec);
  const ours = input === undefined ? env : [...env, inputVariable(input)];
  const spec: PodSpec = {
    ...template.spec,
    restartPolicy: 'Never',
    containers: (template.spec?.containers ?? []).map((container) =>
      container.name === main ? withEnvironment(container, ours) : container,
    ),
  };
  return input === undefined ? spec : withInput(spec, input);
}
