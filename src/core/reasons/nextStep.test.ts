import { describe, expect, it } from 'vitest';
import { CATALOGUE, isReasonCode, type ReasonCode } from './catalogue.ts';
import { nextStep } from './nextStep.ts';

const RESTRICTED =
  'pod a-m1 was not created (HTTP 403): pods "a-m1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")';

const pull = (words: string) =>
  `container main of pod a-m1 waits: its image can not be pulled (ErrImagePull: registry.example:5000/team/app:1: ${words})`;

describe('nextStep', () => {
  it.each<[ReasonCode, string, string]>([
    [
      'ImagePullFailed',
      pull('registry.example:5000/team/app:1: not found'),
      'Check the name and tag of registry.example:5000/team/app:1: the registry does not have it.',
    ],
    [
      'ImagePullFailed',
      pull('401 Unauthorized'),
      'Give the pod an imagePullSecret that may pull registry.example:5000/team/app:1',
    ],
    [
      'ImagePullFailed',
      pull('dial tcp: lookup registry.example: no such host'),
      'Check from the node that the registry of',
    ],
    ['ImagePullFailed', pull('toomanyrequests: You have reached your limit'), 'The registry limits pulls'],
    [
      'ConfigError',
      'container main of pod a-m1 waits: (CreateContainerConfigError: secret "db" not found)',
      'Create Secret db in the namespace of the run',
    ],
    [
      'ConfigError',
      "waits (CreateContainerConfigError: couldn't find key password in Secret team/db)",
      'Add key password to Secret team/db, or correct',
    ],
    [
      'ConfigError',
      'can not be filled: references non-existent config key: a.json (ConfigMap settings)',
      'Add key a.json to ConfigMap settings',
    ],
    [
      'ConfigError',
      'waits (CreateContainerConfigError: failed to sync secret cache: timed out; it needs Secret db, ConfigMap app)',
      'Check that these exist in the namespace of the run: Secret db, ConfigMap app.',
    ],
    ['ConfigError', 'container has runAsNonRoot and image will run as root', 'Set securityContext.runAsUser'],
    [
      'VolumeError',
      'pod a has no node: persistentvolumeclaim "data" not found',
      'Create PersistentVolumeClaim data',
    ],
    [
      'PodSecurityDenied',
      RESTRICTED,
      'Set securityContext.allowPrivilegeEscalation=false; securityContext.capabilities.drop=["ALL"]; securityContext.runAsNonRoot=true; securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost" in spec.main. The namespace enforces the level restricted:latest.',
    ],
    [
      'QuotaExceeded',
      'forbidden: exceeded quota: small, requested: pods=1, used: pods=10, limited: pods=10',
      'raise quota small: the pod asks for pods=1, pods=10 is in use, the limit is pods=10.',
    ],
    [
      'QuotaExceeded',
      'forbidden: failed quota: small: must specify limits.cpu for: main',
      'Set limits.cpu for: main for each container: quota small demands it.',
    ],
    [
      'AdmissionDenied',
      'admission webhook "policy.example" denied the request: no',
      'as webhook policy.example demands',
    ],
    ['AdmissionDenied', 'failed calling webhook "policy.example": timeout', 'Mend webhook policy.example'],
    [
      'AdmissionDenied',
      'forbidden: error looking up service account team/robot: serviceaccount "robot" not found',
      'Create service account robot in namespace team',
    ],
    [
      'Forbidden',
      'pods is forbidden: User "system:serviceaccount:endwell-system:endwell-operator" cannot create resource "pods" in API group "" in the namespace "team"',
      'Allow system:serviceaccount:endwell-system:endwell-operator to create pods in namespace team.',
    ],
    [
      'Unschedulable',
      '0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint {dedicated: gpu}.',
      'Lower the requests for nvidia.com/gpu, or add nodes with more of it; or tolerate the taint {dedicated: gpu}.',
    ],
    [
      'Unschedulable',
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
      'Correct nodeSelector and affinity',
    ],
    [
      'OutOfMemory',
      'container main of pod a-m1 was out of memory; its memory limit is 32Mi',
      'Raise resources.limits.memory of container main above 32Mi',
    ],
    [
      'OutOfMemory',
      'container copy of pod a was killed (exit code 137) under a memory limit of 1Gi: most likely it was out of memory',
      'of container copy above 1Gi',
    ],
    [
      'Evicted',
      'pod a was evicted by its node n under pressure of ephemeral-storage: The node',
      'Raise the request of the pod for ephemeral-storage',
    ],
    ['ExitCode', 'container main of pod a failed with exit code 127', 'a command is not in the image'],
    ['NodeLost', 'node worker-7 of pod a was lost: gone', 'Look at node worker-7'],
    ['SandboxFailed', 'node worker-7 can not set up pod a: no network', 'Look at node worker-7'],
  ])('%s: %s', (reason, message, step) => {
    expect(nextStep(reason, message)).toContain(step);
  });

  it('says what the catalogue says where the message names nothing', () => {
    for (const code of Object.keys(CATALOGUE).filter(isReasonCode))
      expect(nextStep(code, 'something else')).toBe(CATALOGUE[code].nextStep);
  });
});
