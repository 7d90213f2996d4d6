import { describe, expect, it } from 'vitest';
import type { CreateError } from '../decide/decision.ts';
import { aPod, type PodBuilder } from '../testing/aPod.ts';
import { NOW } from '../testing/fixedClock.ts';
import { diagnosePending } from './diagnosePending.ts';
import { diagnoseRefusal, retryCreateAt } from './diagnoseRefusal.ts';

describe('diagnosePending', () => {
  it.each<[string, PodBuilder]>([
    ['a pod behind our gate', aPod().gated()],
    [
      'a pod whose gate has just gone',
      aPod().withCondition('PodScheduled', 'False', { reason: 'SchedulingGated' }),
    ],
    ['a container that is being made', aPod().waiting('ContainerCreating')],
    ['a main that waits for its init containers', aPod().waiting('PodInitializing')],
  ])('finds nothing wrong with %s', (_name, pod) => {
    expect(diagnosePending(pod.build())).toBeUndefined();
  });

  it.each<[PodBuilder, string, string, boolean]>([
    [
      aPod()
        .unbound()
        .withCondition('PodScheduled', 'False', { reason: 'Unschedulable', message: '0/3 nodes: cpu' }),
      'Unschedulable',
      'pod nightly-m1 has no node: 0/3 nodes: cpu',
      true,
    ],
    [
      aPod().unbound().withCondition('PodScheduled', 'False', {
        reason: 'Unschedulable',
        message: 'persistentvolumeclaim "data" not found',
      }),
      'VolumeError',
      'persistentvolumeclaim "data" not found',
      true,
    ],
    [aPod().waiting('ErrImagePull', 'not found'), 'ImagePullFailed', 'busybox:1: not found', true],
    [
      aPod().waiting('ImagePullBackOff', 'Back-off'),
      'ImagePullFailed',
      'container main of pod nightly-m1',
      true,
    ],
    [
      aPod().waiting('InvalidImageName', 'bad'),
      'InvalidImageName',
      'the name of its image is not valid',
      false,
    ],
    [
      aPod().waiting('CreateContainerConfigError', 'secret "db" not found'),
      'ConfigError',
      'secret "db" not found',
      true,
    ],
    [aPod().waiting('CreateContainerError', 'x'), 'ContainerCannotRun', 'can not be created', true],
  ])('%#: %s', (pod, reason, sentence, canHeal) => {
    const diagnosis = diagnosePending(pod.build());
    expect(diagnosis).toMatchObject({ reason, canHeal });
    expect(diagnosis?.message).toContain(sentence);
  });
});

function anError(status: number, message: string, more: Partial<CreateError> = {}): CreateError {
  return { status, reason: '', message, at: NOW, count: 1, ...more };
}

describe('diagnoseRefusal', () => {
  const holder = { uid: 'x', terminating: true };
  it.each<[CreateError, string, boolean]>([
    [anError(403, 'pods "a" is forbidden: exceeded quota: small'), 'QuotaExceeded', true],
    [anError(403, 'pods "a" is forbidden: failed quota: small: must specify cpu'), 'QuotaExceeded', true],
    [
      anError(403, 'pods "a" is forbidden: violates PodSecurity "restricted:latest"'),
      'PodSecurityDenied',
      true,
    ],
    [anError(403, 'admission webhook "w" denied the request: no'), 'AdmissionDenied', true],
    [anError(500, 'failed calling webhook "w": timeout'), 'AdmissionDenied', true],
    [
      anError(403, 'unable to create new content in namespace a because it is being terminated'),
      'NamespaceTerminating',
      true,
    ],
    [anError(403, 'pods is forbidden: User "x" cannot create resource "pods"'), 'Forbidden', true],
    [anError(401, 'Unauthorized'), 'Forbidden', true],
    [
      anError(403, 'pods "a" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi'),
      'AdmissionDenied',
      true,
    ],
    [
      anError(403, 'pods "a" is forbidden: error looking up service account team/x: not found'),
      'AdmissionDenied',
      true,
    ],
    [anError(422, 'spec.containers: Required value'), 'SpecInvalid', false],
    [anError(400, 'cannot unmarshal'), 'SpecInvalid', false],
    [
      anError(409, 'exists', { reason: 'AlreadyExists', holder: { ...holder, terminating: false } }),
      'NameTaken',
      false,
    ],
    [anError(409, 'exists', { reason: 'AlreadyExists', holder }), 'NameTaken', true],
    [anError(429, 'slow down'), 'ApiUnavailable', true],
    [anError(503, 'etcd'), 'ApiUnavailable', true],
    [anError(0, 'connection refused'), 'ApiUnavailable', true],
  ])('%#: %o', (error, reason, canHeal) => {
    expect(diagnoseRefusal('nightly-m1', error)).toMatchObject({ reason, canHeal });
  });
});

describe('retryCreateAt', () => {
  it('waits twice as long each time, and never longer than half a minute', () => {
    const waits = [1, 2, 3, 5, 6, 7, 100].map((count) => retryCreateAt(anError(500, '', { count })) - NOW);
    expect(waits).toEqual([1_000, 2_000, 4_000, 16_000, 30_000, 30_000, 30_000]);
  });
});
