import type { Volume } from 'kubernetes-types/core/v1.d.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../kubernetes/fieldError.ts';
import { dnsLabel } from '../../../kubernetes/names.ts';
import { volumeSourceErrors } from './volumeSources.ts';

/** What is wrong with the volumes of a pod: names, and the one source that each has. */
export function volumesErrors(volumes: readonly Volume[], at: string): FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const field = `${at}[${index}]`;
    const name = volume.name ?? '';
    const errors =
      name === ''
        ? [required(`${field}.name`)]
        : dnsLabel(name).map((why) => invalid(`${field}.name`, name, why));
    if (name !== '' && names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
    const [, ...more] = sourcesOf(volume);
    return [
      ...more.map((kind) => forbidden(`${field}.${kind}`, 'may not specify more than 1 volume type')),
      ...errors,
      ...(more.length === 0 ? volumeSourceErrors(volume, field) : []),
    ];
  });
}

/** In the order in which Kubernetes looks at them. */
const SOURCES = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'persistentVolumeClaim',
  'configMap',
  'downwardAPI',
  'projected',
  'csi',
  'ephemeral',
  'image',
];

function sourcesOf(volume: Volume): string[] {
  const given = Object.keys(volume).filter((field) => field !== 'name');
  const place = (kind: string) => (SOURCES.includes(kind) ? SOURCES.indexOf(kind) : SOURCES.length);
  return given.sort((a, b) => place(a) - place(b));
}
