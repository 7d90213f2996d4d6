import type { Container, PodSpec, Volume } from 'kubernetes-types/core/v1.d.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../kubernetes/fieldError.ts';
import type { Json } from '../../../kubernetes/json.ts';
import { dnsLabel } from '../../../kubernetes/names.ts';
import { environmentErrors } from './environment.ts';
import { mountErrors } from './mounts.ts';
import { portErrors } from './ports.ts';
import { lifecycleErrors, probeErrors } from './probes.ts';
import { rangeErrors } from './range.ts';
import { resourceErrors } from './resources.ts';

const MAX_USER = 2_147_483_647;
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];

/** What is wrong with the containers of a pod, init containers too; names are unique among all. */
export function containersErrors(spec: PodSpec): FieldError[] {
  const containers = spec.containers ?? [];
  const inits = spec.initContainers ?? [];
  const volumes = spec.volumes ?? [];
  const names = new Set<string>();
  return [
    ...(containers.length === 0 ? [required('spec.containers')] : []),
    ...containers.flatMap((one, index) => oneErrors(one, `spec.containers[${index}]`, volumes, names)),
    ...containers.flatMap((one, index) => healthErrors(one, `spec.containers[${index}]`)),
    ...inits.flatMap((one, index) => oneErrors(one, `spec.initContainers[${index}]`, volumes, names)),
    ...inits.flatMap((one, index) => initErrors(one, `spec.initContainers[${index}]`)),
  ];
}

function oneErrors(
  container: Container,
  at: string,
  volumes: readonly Volume[],
  names: Set<string>,
): FieldError[] {
  const { terminationMessagePolicy: message, imagePullPolicy: pull } = container;
  return [
    ...nameErrors(container.name ?? '', `${at}.name`, names),
    ...imageErrors(container.image ?? '', `${at}.image`),
    ...(message && !MESSAGE_POLICIES.includes(message)
      ? [notSupported(`${at}.terminationMessagePolicy`, message, MESSAGE_POLICIES)]
      : []),
    ...(pull && !PULL_POLICIES.includes(pull)
      ? [notSupported(`${at}.imagePullPolicy`, pull, PULL_POLICIES)]
      : []),
    ...portErrors(container.ports ?? [], `${at}.ports`),
    ...environmentErrors(container, at),
    ...mountErrors(container.volumeMounts ?? [], volumes, `${at}.volumeMounts`),
    ...resourceErrors(container.resources ?? {}, `${at}.resources`),
    ...securityErrors(container.securityContext ?? {}, `${at}.securityContext`),
  ];
}

function nameErrors(name: string, field: string, names: Set<string>): FieldError[] {
  if (name === '') return [required(field)];
  const errors = dnsLabel(name).map((why) => invalid(field, name, why));
  if (names.has(name)) errors.push(duplicate(field, name));
  names.add(name);
  return errors;
}

function imageErrors(image: string, field: string): FieldError[] {
  if (image === '') return [required(field)];
  return image === image.trim()
    ? []
    : [invalid(field, image, 'must not have leading or trailing whitespace')];
}

function healthErrors(container: Container, at: string): FieldError[] {
  return [
    ...lifecycleErrors(container.lifecycle, `${at}.lifecycle`),
    ...probeErrors(container.livenessProbe, `${at}.livenessProbe`, 'once'),
    ...probeErrors(container.readinessProbe, `${at}.readinessProbe`, 'often'),
    ...probeErrors(container.startupProbe, `${at}.startupProbe`, 'once'),
  ];
}

/** Only an init container that runs on beside the others (a native sidecar) has health to look at. */
function initErrors(container: Container, at: string): FieldError[] {
  if (container.restartPolicy === 'Always') return healthErrors(container, at);
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((field) => container[field] !== undefined)
    .map((field) =>
      forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}

function securityErrors(context: NonNullable<Container['securityContext']>, at: string): FieldError[] {
  const errors = (['runAsUser', 'runAsGroup'] as const).flatMap((name) =>
    rangeErrors(`${at}.${name}`, context[name], 0, MAX_USER),
  );
  if (context.privileged === true && context.allowPrivilegeEscalation === false) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalid(at, context as Json, why));
  }
  return errors;
}
