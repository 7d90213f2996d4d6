import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { CreateError, PodEvent } from '../decide/decision.ts';
import { aPod, type PodBuilder } from '../testing/aPod.ts';
import { NOW } from '../testing/fixedClock.ts';
import { diagnosePending, isSilentlyPending } from './diagnosePending.ts';
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

describe('diagnosePending, of a kubelet that could not read an object in time', () => {
  const unread = 'failed to sync secret cache: timed out waiting for the condition';
  const diagnosisOf = (container: Partial<Container>, message: string) => {
    const pod = aPod().waiting('CreateContainerConfigError', message).build();
    Object.assign(pod.spec?.containers[0] ?? {}, container);
    return diagnosePending(pod)?.message;
  };

  it('names what the container needs, for the kubelet does not', () => {
    const container: Partial<Container> = {
      envFrom: [{ configMapRef: { name: 'app' } }, { secretRef: { name: 'maybe', optional: true } }],
      env: [
        { name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'user' } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      ],
    };
    expect(diagnosisOf(container, unread)).toContain(`${unread}; it needs ConfigMap app, Secret db)`);
  });

  it('adds nothing where there is nothing to name, or where the kubelet named it', () => {
    expect(diagnosisOf({}, unread)).toContain(`${unread})`);
    const envFrom = [{ secretRef: { name: 'other' } }];
    expect(diagnosisOf({ envFrom }, 'secret "db" not found')).toContain('secret "db" not found)');
  });
});

describe('diagnosePending, told what the cluster said about the pod', () => {
  const said = (reason: string, message: string, atSeconds = 0): PodEvent => ({
    type: 'Warning',
    reason,
    message,
    count: 1,
    at: NOW + atSeconds * 1000,
    source: 'kubelet',
  });
  const mount = (why: string, at = 0) =>
    said('FailedMount', `MountVolume.SetUp failed for volume "cfg" : ${why}`, at);

  it.each<[string, PodEvent[], string, string]>([
    [
      'a Secret that a volume needs and nobody made',
      [mount('secret "db" not found')],
      'ConfigError',
      'pod nightly-m1 waits: its volume cfg can not be filled: secret "db" not found',
    ],
    [
      'a key that its object does not have, with the name of the object',
      [mount('references non-existent config key: config.json')],
      'ConfigError',
      'non-existent config key: config.json (ConfigMap settings)',
    ],
    [
      'a disk that another node has',
      [
        said(
          'FailedAttachVolume',
          'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) x',
        ),
      ],
      'VolumeError',
      'its volume pvc-1 can not be mounted: Multi-Attach error',
    ],
    [
      'a network that is not there',
      [
        said(
          'FailedCreatePodSandBox',
          'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1f": plugin type="calico" failed',
        ),
      ],
      'SandboxFailed',
      'node node1 can not set up pod nightly-m1: plugin type="calico" failed (FailedCreatePodSandBox)',
    ],
    [
      'the missing object before the mount that waits for it, whichever was said last',
      [
        mount('configmap "a" not found'),
        said('FailedMount', 'Unable to attach or mount volumes: unmounted volumes=[cfg]', 9),
      ],
      'ConfigError',
      'configmap "a" not found',
    ],
  ])('names %s', (_what, events, reason, sentence) => {
    const pod = aPod().waiting('ContainerCreating').withConfigVolume('cfg', 'settings').build();
    const diagnosis = diagnosePending(pod, { events });
    expect(diagnosis).toMatchObject({ reason, canHeal: true });
    expect(diagnosis?.message).toContain(sentence);
  });

  it.each<[string, PodEvent[]]>([
    ['a mount that worked in the end', [mount('timeout'), said('Pulling', 'Pulling image', 5)]],
    [
      'a disk that was attached in the end',
      [said('FailedAttachVolume', 'busy'), said('SuccessfulAttachVolume', 'attached', 5)],
    ],
    ['nothing but progress', [said('Scheduled', 'assigned'), said('Pulling', 'Pulling image')]],
  ])('finds nothing wrong with %s', (_what, events) => {
    expect(diagnosePending(aPod().waiting('ContainerCreating').build(), { events })).toBeUndefined();
  });

  it('quotes the registry, not those who passed its words on', () => {
    const words =
      'Failed to pull image "busybox:1": rpc error: code = NotFound desc = failed to pull and unpack image "busybox:1": failed to resolve reference "busybox:1": busybox:1: not found';
    const pod = aPod().waiting('ImagePullBackOff', 'Back-off pulling image "busybox:1"').build();
    expect(isSilentlyPending(pod)).toBe(true);
    expect(diagnosePending(pod, { events: [said('Failed', words)] })?.message).toBe(
      'container main of pod nightly-m1 waits: its image can not be pulled (ImagePullBackOff: busybox:1: busybox:1: not found)',
    );
  });

  it('says that the node does not answer before it guesses about anything on it', () => {
    const node = { exists: true, ready: false, outOfService: false, notReadySince: NOW };
    expect(diagnosePending(aPod().waiting('ErrImagePull').build(), { node })).toMatchObject({
      reason: 'NodeUnreachable',
    });
  });

  it('names a gate of somebody else', () => {
    const pod = aPod().unbound().build();
    const spec = { containers: [], ...pod.spec, schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] };
    expect(diagnosePending({ ...pod, spec })?.message).toContain('kueue.x-k8s.io/admission');
  });
});

describe('isSilentlyPending', () => {
  it.each<[string, PodBuilder, boolean]>([
    ['a pod on its node of which nothing else shows', aPod(), true],
    ['a container that is being made', aPod().waiting('ContainerCreating'), true],
    ['a pod behind our gate', aPod().gated(), false],
    ['a pod whose image can not be pulled', aPod().waiting('ErrImagePull', 'not found'), false],
    ['a pod whose init container runs', aPod().initEnded('copy', { exitCode: 0 }), false],
  ])('%s: %#', (_what, pod, silent) => {
    expect(isSilentlyPending(pod.build())).toBe(silent);
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
