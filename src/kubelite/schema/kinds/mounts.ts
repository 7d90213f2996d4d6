import type { Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, invalid, notFound, required } from '../../../kubernetes/fieldError.ts';
import type { Given } from './given.ts';

/** What is wrong with the mounts of a container: each names a volume of the pod and a path of its own. */
export function mountErrors(
  mounts: readonly Given<VolumeMount>[],
  volumes: readonly Volume[],
  at: string,
): FieldError[] {
  const names = new Set(volumes.map(({ name }) => name));
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const field = `${at}[${index}]`;
    const { name = '', mountPath: path = '' } = mount;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    if (!names.has(name)) errors.push(notFound(`${field}.name`, name));
    if (path === '') errors.push(required(`${field}.mountPath`));
    if (paths.has(path)) errors.push(invalid(`${field}.mountPath`, path, 'must be unique'));
    paths.add(path);
    return [...errors, ...subPathErrors(mount, at, field)];
  });
}

/** Kubernetes gives the place of a bad subPath without its index. */
function subPathErrors(
  { subPath = '', subPathExpr = '' }: Given<VolumeMount>,
  at: string,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (subPath !== '') errors.push(...relativePathErrors(subPath, `${at}.subPath`));
  if (subPathExpr !== '') errors.push(...relativePathErrors(subPathExpr, `${at}.subPathExpr`));
  if (subPath !== '' && subPathExpr !== '') {
    errors.push(
      invalid(`${field}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    );
  }
  return errors;
}

/** Errors of a path that must lie below something and not climb out of it. */
export function relativePathErrors(path: string, field: string): FieldError[] {
  if (path.startsWith('/')) return [invalid(field, path, 'must be a relative path')];
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}
