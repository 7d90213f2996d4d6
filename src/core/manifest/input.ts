import type { EnvVar, PodSpec, Volume } from 'kubernetes-types/core/v1.d.ts';
import { mainContainerName } from '../pod/podFacts.ts';
import type { RunInput } from '../run/run.ts';

/**
 * Where a run finds its input, in main and in the handler alike: the file of the key that `spec.input` names, or all of
 * the object's keys as files. Fixed, so that an image need not be told; `ENDWELL_INPUT` says it all the same.
 */
const INPUT_FOLDER = '/endwell/input';

/** Name of the volume that holds it. */
const INPUT_VOLUME = 'endwell-input';

/** What tells a container where its input is. */
const INPUT_VARIABLE = 'ENDWELL_INPUT';

/** The variable with the path of the input: of the file where a key is named, else of the folder. */
export function inputVariable(input: RunInput): EnvVar {
  const value = input.key === undefined ? INPUT_FOLDER : `${INPUT_FOLDER}/${input.key}`;
  return { name: INPUT_VARIABLE, value };
}

/** The spec with the input mounted into its main container, read-only. What it says never stands in the pod itself. */
export function withInput(spec: PodSpec, input: RunInput): PodSpec {
  const main = mainContainerName(spec);
  const mount = { name: INPUT_VOLUME, mountPath: INPUT_FOLDER, readOnly: true };
  return {
    ...spec,
    containers: spec.containers.map((container) =>
      container.name === main
        ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
        : container,
    ),
    volumes: [...(spec.volumes ?? []), volumeOf(input)],
  };
}

/** Why the input has no place in a pod of its template; undefined when it has. */
export function inputConflict(spec: PodSpec | undefined): string | undefined {
  if (spec?.volumes?.some((volume) => volume.name === INPUT_VOLUME)) {
    return `spec.volumes has a volume named ${INPUT_VOLUME}, the name of the one that spec.input makes`;
  }
  const main = spec?.containers.find((container) => container.name === mainContainerName(spec));
  return main?.volumeMounts?.some((mount) => mount.mountPath.replace(/\/+$/, '') === INPUT_FOLDER)
    ? `spec.containers[${main.name}].volumeMounts has ${INPUT_FOLDER}, where spec.input is mounted`
    : undefined;
}

function volumeOf({ configMap, secret, key }: RunInput): Volume {
  const items = key === undefined ? {} : { items: [{ key, path: key }] };
  return secret === undefined
    ? { name: INPUT_VOLUME, configMap: { ...(configMap === undefined ? {} : { name: configMap }), ...items } }
    : { name: INPUT_VOLUME, secret: { secretName: secret, ...items } };
}
