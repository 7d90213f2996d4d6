import { type FieldError, invalid, notSupported, required } from '../../../kubernetes/fieldError.ts';
import { qualifiedName } from '../../../kubernetes/names.ts';

const NODE = [
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const COMMON = ['metadata.name', 'metadata.namespace', 'metadata.uid'];
/** What a variable can show; a file shows all labels or all annotations instead of node and addresses. */
const ALLOWED = {
  variable: [...COMMON, ...NODE],
  file: [...COMMON, 'metadata.annotations', 'metadata.labels'],
};
/** Fields that pods can be converted by: another one is no field path at all. */
const KNOWN = [
  ...ALLOWED.variable,
  ...ALLOWED.file,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
];

/** Errors of a `fieldRef` at `at`, of a variable or of a file. */
export function fieldPathErrors(path: string, at: string, shownIn: 'variable' | 'file'): FieldError[] {
  const field = `${at}.fieldPath`;
  if (path === '') return [required(field)];
  const subscript = /^(metadata\.labels|metadata\.annotations)\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    const key = subscript[2] ?? '';
    return qualifiedName(key).map((why) => invalid(field, path, why));
  }
  if (ALLOWED[shownIn].includes(path)) return [];
  if (KNOWN.includes(path)) return [notSupported(field, path, [...ALLOWED[shownIn]].sort())];
  return [invalid(field, path, `error converting fieldPath: field label not supported: ${path}`)];
}
