import type { Container, EnvFromSource, EnvVar, EnvVarSource } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, invalid, notSupported, required } from '../../../kubernetes/fieldError.ts';
import { configKey, dnsSubdomain, envName } from '../../../kubernetes/names.ts';
import { fieldPathErrors } from './fieldPath.ts';
import type { Given } from './given.ts';

/** What a variable can tell of its container's resources, in Kubernetes' order. */
export const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

/** What is wrong with `env` and `envFrom` of a container. */
export function environmentErrors(container: Container, at: string): FieldError[] {
  return [
    ...(container.env ?? []).flatMap((variable, index) => variableErrors(variable, `${at}.env[${index}]`)),
    ...(container.envFrom ?? []).flatMap((source, index) => fromErrors(source, `${at}.envFrom`, index)),
  ];
}

function variableErrors(variable: Given<EnvVar>, at: string): FieldError[] {
  const { name = '', value = '', valueFrom } = variable;
  return [
    ...(name === ''
      ? [required(`${at}.name`)]
      : envName(name).map((why) => invalid(`${at}.name`, name, why))),
    ...(valueFrom ? sourceErrors(valueFrom, value, `${at}.valueFrom`) : []),
  ];
}

function sourceErrors(source: Given<EnvVarSource>, value: string, at: string): FieldError[] {
  const given = SOURCES.filter((kind) => (source as Readonly<Record<string, unknown>>)[kind] !== undefined);
  const errors: FieldError[] = [];
  if (given.length === 0) {
    const why = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    return [invalid(at, '', why)];
  }
  if (value !== '') errors.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1)
    errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) errors.push(...fieldPathErrors(fieldRef.fieldPath ?? '', `${at}.fieldRef`, 'variable'));
  if (resourceFieldRef)
    errors.push(...resourceErrors(resourceFieldRef.resource ?? '', `${at}.resourceFieldRef`));
  if (configMapKeyRef) errors.push(...keyErrors(configMapKeyRef, `${at}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...keyErrors(secretKeyRef, `${at}.secretKeyRef`));
  return errors;
}

/** Errors of the resource that a variable or file shows. */
export function resourceErrors(resource: string, at: string): FieldError[] {
  if (resource === '') return [required(`${at}.resource`)];
  if (RESOURCE_FIELDS.includes(resource) || HUGE_PAGES.test(resource)) return [];
  return [notSupported(`${at}.resource`, resource, RESOURCE_FIELDS)];
}

function keyErrors(
  { name = '', key = '' }: { readonly name?: string; readonly key?: string },
  at: string,
): FieldError[] {
  return [
    ...dnsSubdomain(name).map((why) => invalid(`${at}.name`, name, why)),
    ...(key === '' ? [required(`${at}.key`)] : configKey(key).map((why) => invalid(`${at}.key`, key, why))),
  ];
}

/** Kubernetes gives the place of a missing or doubled source without its index. */
function fromErrors(source: EnvFromSource, list: string, index: number): FieldError[] {
  const at = `${list}[${index}]`;
  const { prefix = '', configMapRef, secretRef } = source;
  const errors: FieldError[] = [];
  if (prefix !== '') errors.push(...envName(prefix).map((why) => invalid(`${at}.prefix`, prefix, why)));
  if (!configMapRef && !secretRef) {
    errors.push(invalid(list, '', 'must specify one of: `configMapRef` or `secretRef`'));
  }
  if (configMapRef) errors.push(...referenceErrors(configMapRef.name ?? '', `${at}.configMapRef.name`));
  if (configMapRef && secretRef) {
    errors.push(invalid(list, '', 'may not have more than one field specified at a time'));
  }
  if (secretRef) errors.push(...referenceErrors(secretRef.name ?? '', `${at}.secretRef.name`));
  return errors;
}

function referenceErrors(name: string, field: string): FieldError[] {
  return name === '' ? [required(field)] : dnsSubdomain(name).map((why) => invalid(field, name, why));
}
