import type { Container, Pod, PodSpec, Toleration } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, forbidden, invalid } from '../../kubernetes/fieldError.ts';
import { type Json, sameJson } from '../../kubernetes/json.ts';
import type { StoredObject } from '../types.ts';

const CHANGEABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/**
 * What an update of a pod may not do to its spec. Allowed: images, a shorter activeDeadlineSeconds, more tolerations,
 * fewer scheduling gates, and more node selectors while it is gated.
 */
export function podUpdateErrors(next: StoredObject, old: StoredObject): FieldError[] {
  const after = (next as Pod).spec;
  const before = (old as Pod).spec;
  if (!after || !before || same(after, before)) return [];
  const moved = containerErrors(after, before);
  if (moved.length > 0) return moved;
  const gated = (before.schedulingGates ?? []).length > 0;
  const errors = [
    ...deadlineErrors(after, before),
    ...tolerationErrors(after, before),
    ...gateErrors(after, before),
    ...(gated ? selectorErrors(after, before) : []),
  ];
  if (!same(masked(after, before, gated), before)) {
    errors.push(forbidden('spec', `pod updates may not change fields other than ${CHANGEABLE}`));
  }
  return errors;
}

function containerErrors(after: PodSpec, before: PodSpec): FieldError[] {
  const why = 'pod updates may not add or remove containers';
  return (['containers', 'initContainers'] as const)
    .filter((field) => (after[field] ?? []).length !== (before[field] ?? []).length)
    .map((field) => forbidden(`spec.${field}`, why));
}

/** `after` with every field that may change as it was `before`. */
function masked(after: PodSpec, before: PodSpec, gated: boolean): PodSpec {
  const { activeDeadlineSeconds, schedulingGates, tolerations, nodeSelector, ...rest } = after;
  return {
    ...rest,
    containers: imagesOf(after.containers, before.containers) ?? [],
    ...defined('initContainers', imagesOf(after.initContainers, before.initContainers)),
    ...defined('activeDeadlineSeconds', before.activeDeadlineSeconds),
    ...defined('schedulingGates', before.schedulingGates),
    ...defined('tolerations', before.tolerations),
    ...defined('nodeSelector', gated ? before.nodeSelector : nodeSelector),
  };
}

function defined(field: string, value: unknown): object {
  return value === undefined ? {} : { [field]: value };
}

function imagesOf(after: Container[] | undefined, before: Container[] | undefined): Container[] | undefined {
  return after?.map((container, at) => {
    const image = before?.[at]?.image;
    return image === undefined ? container : { ...container, image };
  });
}

function deadlineErrors(after: PodSpec, before: PodSpec): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  const [seconds, limit] = [after.activeDeadlineSeconds, before.activeDeadlineSeconds];
  if (limit === undefined) return [];
  if (seconds === undefined)
    return [invalid(field, undefined, 'must not update from a positive integer to nil value')];
  return seconds > limit ? [invalid(field, seconds, 'must be less than or equal to previous value')] : [];
}

function tolerationErrors(after: PodSpec, before: PodSpec): FieldError[] {
  const kept = (one: Toleration) =>
    after.tolerations?.some((other) => same({ ...other }, { ...one })) ?? false;
  if ((before.tolerations ?? []).every(kept)) return [];
  return [
    forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
  ];
}

function gateErrors(after: PodSpec, before: PodSpec): FieldError[] {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  return (after.schedulingGates ?? []).flatMap(({ name }, at) => {
    if (known.has(name)) return [];
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return [forbidden(`spec.schedulingGates[${at}].name`, why)];
  });
}

function selectorErrors(after: PodSpec, before: PodSpec): FieldError[] {
  const kept = Object.entries(before.nodeSelector ?? {}).every(
    ([key, value]) => after.nodeSelector?.[key] === value,
  );
  if (kept) return [];
  const shown = (after.nodeSelector ?? {}) as Json;
  return [
    invalid(
      'spec.nodeSelector',
      shown,
      'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ),
  ];
}

function same(a: object, b: object): boolean {
  return sameJson(a as unknown as Json, b as unknown as Json);
}
