import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  Volume,
  VolumeProjection,
} from 'kubernetes-types/core/v1.d.ts';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../kubernetes/fieldError.ts';
import { parseQuantity } from '../../../kubernetes/quantity.ts';
import { resourceErrors } from './environment.ts';
import { fieldPathErrors } from './fieldPath.ts';
import type { Given } from './given.ts';
import { relativePathErrors } from './mounts.ts';

const MAX_MODE = 0o777;
/** Ten minutes: shorter tokens would end before a kubelet renews them. */
const MIN_TOKEN_SECONDS = 600;
const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** What is wrong with the source of one volume. */
export function volumeSourceErrors(volume: Volume, at: string): FieldError[] {
  const { secret, configMap, hostPath, emptyDir, projected, downwardAPI, persistentVolumeClaim } = volume;
  return [
    ...(secret
      ? [...need(secret.secretName, `${at}.secret.secretName`), ...filesErrors(secret, `${at}.secret`)]
      : []),
    ...(configMap
      ? [...need(configMap.name, `${at}.configMap.name`), ...filesErrors(configMap, `${at}.configMap`)]
      : []),
    ...(hostPath ? hostPathErrors(hostPath, `${at}.hostPath`) : []),
    ...(emptyDir ? sizeErrors(emptyDir.sizeLimit, `${at}.emptyDir.sizeLimit`) : []),
    ...(projected ? projectedErrors(projected.sources ?? [], `${at}.projected`) : []),
    ...(projected ? modeErrors(projected.defaultMode, `${at}.projected.defaultMode`) : []),
    ...(downwardAPI ? downwardErrors(downwardAPI.items ?? [], `${at}.downwardAPI`) : []),
    ...(downwardAPI ? modeErrors(downwardAPI.defaultMode, `${at}.downwardAPI.defaultMode`) : []),
    ...(persistentVolumeClaim
      ? need(persistentVolumeClaim.claimName, `${at}.persistentVolumeClaim.claimName`)
      : []),
  ];
}

function need(value: string | undefined, field: string): FieldError[] {
  return (value ?? '') === '' ? [required(field)] : [];
}

function modeErrors(mode: number | undefined, field: string): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= MAX_MODE)) return [];
  return [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

function filesErrors(
  files: { readonly items?: readonly KeyToPath[]; readonly defaultMode?: number },
  at: string,
): FieldError[] {
  return [...modeErrors(files.defaultMode, `${at}.defaultMode`), ...itemsErrors(files.items ?? [], at)];
}

function itemsErrors(items: readonly Given<KeyToPath>[], at: string): FieldError[] {
  return items.flatMap(({ key, path = '', mode }, index) => {
    const field = `${at}.items[${index}]`;
    return [
      ...need(key, `${field}.key`),
      ...pathErrors(path, `${field}.path`),
      ...modeErrors(mode, `${field}.mode`),
    ];
  });
}

function pathErrors(path: string, field: string): FieldError[] {
  if (path === '') return [required(field)];
  const errors = relativePathErrors(path, field);
  if (errors.length === 0 && path.startsWith('..')) return [invalid(field, path, "must not start with '..'")];
  return errors;
}

function hostPathErrors(
  { path = '', type = '' }: { readonly path?: string; readonly type?: string },
  at: string,
): FieldError[] {
  if (path === '') return [required(`${at}.path`)];
  return [
    ...(path.split('/').includes('..') ? [invalid(`${at}.path`, path, "must not contain '..'")] : []),
    ...(HOST_PATH_TYPES.includes(type) ? [] : [notSupported(`${at}.type`, type, HOST_PATH_TYPES)]),
  ];
}

function sizeErrors(size: string | undefined, field: string): FieldError[] {
  if (size === undefined || parseQuantity(size).nano >= 0n) return [];
  return [forbidden(field, 'SizeLimit field must be a valid resource quantity')];
}

function projectedErrors(sources: readonly VolumeProjection[], at: string): FieldError[] {
  return sources.flatMap((source, index) => {
    const field = `${at}.sources[${index}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken: token } = source;
    return [
      ...(secret
        ? [
            ...need(secret.name, `${field}.secret.name`),
            ...itemsErrors(secret.items ?? [], `${field}.secret`),
          ]
        : []),
      ...(configMap
        ? [
            ...need(configMap.name, `${field}.configMap.name`),
            ...itemsErrors(configMap.items ?? [], `${field}.configMap`),
          ]
        : []),
      ...(downwardAPI ? downwardErrors(downwardAPI.items ?? [], `${field}.downwardAPI`) : []),
      ...(token ? tokenErrors(token, at, field) : []),
    ];
  });
}

function tokenErrors(
  { path = '', expirationSeconds: seconds }: { readonly path?: string; readonly expirationSeconds?: number },
  at: string,
  field: string,
): FieldError[] {
  const errors = path === '' ? [required(`${at}.path`)] : [];
  if (seconds !== undefined && seconds < MIN_TOKEN_SECONDS) {
    const why = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(`${field}.serviceAccountToken.expirationSeconds`, seconds, why));
  }
  return errors;
}

/** Kubernetes gives the place of a file in the downward API without its index. */
function downwardErrors(items: readonly Given<DownwardAPIVolumeFile>[], at: string): FieldError[] {
  return items.flatMap((item) => {
    const { fieldRef, resourceFieldRef: resource, path = '', mode } = item;
    const errors = path === '' ? [required(`${at}.path`)] : relativePathErrors(path, `${at}.path`);
    if (fieldRef) {
      errors.push(...fieldPathErrors(fieldRef.fieldPath ?? '', `${at}.fieldRef`, 'file'));
      if (resource)
        errors.push(
          invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
        );
    } else if (resource) {
      const container = `${at}.resourceFieldRef`;
      errors.push(
        ...((resource.containerName ?? '') === ''
          ? [required(`${container}.containerName`)]
          : resourceErrors(resource.resource ?? '', container)),
      );
    } else {
      errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
    }
    return [...errors, ...modeErrors(mode, `${at}.mode`)];
  });
}
