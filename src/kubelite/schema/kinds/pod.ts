import type { Pod, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../../kubernetes/json.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '../../../kubernetes/names.ts';
import { labelsErrors } from '../metadata.ts';
import { containersErrors } from './containers.ts';
import type { Given } from './given.ts';
import { rangeErrors } from './range.ts';
import { tolerationErrors } from './tolerations.ts';
import { volumesErrors } from './volumes.ts';

/** The largest int32: what a deadline may be at most. */
const MAX_SECONDS = 2_147_483_647;
const MAX_USER = 2_147_483_647;
/** In the orders in which Kubernetes lists them. */
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const SECCOMP_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** What is wrong with the spec of a pod, by the rules that span its fields. */
export function podErrors(object: JsonObject, old: JsonObject | undefined): readonly FieldError[] {
  const spec = (object as unknown as Pod).spec;
  if (!spec) return [];
  return [
    ...volumesErrors(spec.volumes ?? [], 'spec.volumes'),
    ...containersErrors(spec),
    ...policyErrors(spec),
    ...nameErrors(spec),
    ...labelsErrors(spec.nodeSelector ?? {}, 'spec.nodeSelector'),
    ...tolerationErrors(spec.tolerations ?? [], 'spec.tolerations'),
    ...gateErrors(spec),
    ...securityErrors(spec),
    ...createErrors(spec, old),
  ];
}

function policyErrors({ restartPolicy, dnsPolicy, activeDeadlineSeconds: deadline }: PodSpec): FieldError[] {
  return [
    ...oneOf('spec.restartPolicy', restartPolicy, RESTART_POLICIES),
    ...oneOf('spec.dnsPolicy', dnsPolicy, DNS_POLICIES),
    ...rangeErrors('spec.activeDeadlineSeconds', deadline, 1, MAX_SECONDS),
  ];
}

function oneOf(field: string, value: string | undefined, allowed: readonly string[]): FieldError[] {
  return value === undefined || allowed.includes(value) ? [] : [notSupported(field, value, allowed)];
}

function nameErrors(spec: PodSpec): FieldError[] {
  const named = [
    ['spec.hostname', spec.hostname, dnsLabel],
    ['spec.subdomain', spec.subdomain, dnsLabel],
    ['spec.nodeName', spec.nodeName, dnsSubdomain],
    ['spec.serviceAccountName', spec.serviceAccountName, dnsSubdomain],
    ['spec.priorityClassName', spec.priorityClassName, dnsSubdomain],
    ['spec.runtimeClassName', spec.runtimeClassName, dnsSubdomain],
  ] as const;
  return named.flatMap(([field, value, rule]) =>
    value ? rule(value).map((why) => invalid(field, value, why)) : [],
  );
}

function gateErrors({ schedulingGates = [] }: Given<PodSpec>): FieldError[] {
  const seen = new Set<string>();
  return schedulingGates.flatMap(({ name = '' }, index) => {
    const field = `spec.schedulingGates[${index}]`;
    const errors = qualifiedName(name).map((why) => invalid(field, name, why));
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
    return errors;
  });
}

function securityErrors({ securityContext = {} }: PodSpec): FieldError[] {
  const field = 'spec.securityContext';
  return [
    ...(['runAsUser', 'runAsGroup', 'fsGroup'] as const).flatMap((name) =>
      rangeErrors(`${field}.${name}`, securityContext[name], 0, MAX_USER),
    ),
    ...oneOf(`${field}.seccompProfile.type`, securityContext.seccompProfile?.type, SECCOMP_TYPES),
  ];
}

function createErrors(spec: PodSpec, old: JsonObject | undefined): FieldError[] {
  if (old !== undefined) return [];
  const errors: FieldError[] = [];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}
