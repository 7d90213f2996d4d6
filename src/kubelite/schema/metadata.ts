import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1.d.ts';
import { type FieldError, forbidden, invalid, required } from '../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../kubernetes/json.ts';
import { dnsLabel, dnsSubdomain, labelValue, type NameRule, qualifiedName } from '../../kubernetes/names.ts';

/** 256 KiB: the most that all annotations of an object may take. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** What a kind wants of its metadata. */
export interface MetadataRules {
  readonly nameRule: NameRule;
  readonly namespaced: boolean;
  /** True for CustomResourceDefinitions and custom resources: their finalizers need no domain. */
  readonly bareFinalizers?: boolean;
}

/** What is wrong with the metadata of an object of any kind. */
export function metadataErrors(object: JsonObject, rules: MetadataRules): readonly FieldError[] {
  const metadata = (object['metadata'] ?? {}) as ObjectMeta;
  return [
    ...nameErrors(metadata, rules),
    ...labelErrors(metadata),
    ...annotationErrors(metadata),
    ...ownerErrors(metadata.ownerReferences ?? []),
    ...finalizerErrors(metadata.finalizers ?? [], rules.bareFinalizers === true ? 'bare' : 'qualified'),
  ];
}

function nameErrors(
  { name = '', generateName = '', namespace = '' }: ObjectMeta,
  rules: MetadataRules,
): FieldError[] {
  const errors: FieldError[] = [];
  if (generateName !== '') {
    // A random suffix follows, so a dash at the end is none yet.
    const prefix = generateName.endsWith('-') ? `${generateName.slice(0, -1)}a` : generateName;
    errors.push(...rules.nameRule(prefix).map((why) => invalid('metadata.generateName', generateName, why)));
  }
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...rules.nameRule(name).map((why) => invalid('metadata.name', name, why)));
  if (rules.namespaced && namespace !== '') {
    errors.push(...dnsLabel(namespace).map((why) => invalid('metadata.namespace', namespace, why)));
  }
  if (!rules.namespaced && namespace !== '') {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'));
  }
  return errors;
}

/** Errors of a map of labels at `field`. */
export function labelsErrors(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((why) => invalid(field, key, why)),
    ...labelValue(value).map((why) => invalid(field, value, why)),
  ]);
}

function labelErrors({ labels = {} }: ObjectMeta): FieldError[] {
  return labelsErrors(labels, 'metadata.labels');
}

function annotationErrors({ annotations = {} }: ObjectMeta): FieldError[] {
  const errors = Object.keys(annotations).flatMap((key) =>
    qualifiedName(key.toLowerCase()).map((why) => invalid('metadata.annotations', key, why)),
  );
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes > MAX_ANNOTATIONS_BYTES) {
    const message = `Too long: may not be more than ${MAX_ANNOTATIONS_BYTES} bytes`;
    errors.push({ field: 'metadata.annotations', reason: 'FieldValueTooLong', message });
  }
  return errors;
}

const EMPTY_OWNER = { apiVersion: '', kind: '', name: '', uid: '' };

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors = owners.flatMap((owner) => {
    const empty = (['kind', 'name', 'uid'] as const).filter((part) => (owner[part] ?? '') === '');
    return [
      ...((owner.apiVersion ?? '') === ''
        ? [invalid(`${field}.apiVersion`, '', 'version must not be empty')]
        : []),
      ...empty.map((part) => invalid(`${field}.${part}`, '', 'must not be empty')),
    ];
  });
  const [first, second] = owners.filter(({ controller }) => controller === true);
  if (first && second) {
    const names = `${first.kind}/${first.name} and ${second.kind}/${second.name}`;
    const why = `Only one reference can have Controller set to true. Found "true" in references for ${names}`;
    const shown = owners.map((owner) => ({ ...EMPTY_OWNER, ...owner }));
    errors.push(invalid(field, shown, why));
  }
  return errors;
}

function finalizerErrors(finalizers: readonly string[], form: 'bare' | 'qualified'): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((name) => qualifiedName(name).map((why) => invalid(field, name, why)));
  for (const [index, name] of finalizers.entries()) {
    if (form === 'bare' || name.includes('/') || STANDARD_FINALIZERS.includes(name)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(invalid(`${field}[${index}]`, name, why));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const why = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(invalid(field, finalizers, why));
  }
  return errors;
}

/** The rule of most kinds' names. */
export const defaultNameRule: NameRule = dnsSubdomain;
