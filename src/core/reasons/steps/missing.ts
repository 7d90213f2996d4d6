import type { ReasonCode } from '../catalogue.ts';

/** A step that names what a message names: the first row whose pattern the message has gives it. */
export interface NextStepRow {
  readonly reasons: readonly ReasonCode[];
  readonly when: RegExp;
  /** `found`: the pattern's groups; `message`: the whole. */
  readonly say: (found: RegExpExecArray, message: string) => string;
}

/** The image of the message of a container that waits for it. */
function imageOf(message: string): string {
  return (
    /\((?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull): ([^\s:]+(?::\d+\/[^\s:]+)?(?::[\w.-]+)?(?:@\S+)?)/.exec(
      message,
    )?.[1] ?? 'the image'
  );
}

/** Why an image can't be had, by the registry's words. */
export const IMAGE_STEPS: readonly NextStepRow[] = [
  {
    reasons: ['ImagePullFailed'],
    when: /ErrImageNeverPull/,
    say: (_, message) => `Load ${imageOf(message)} onto the node, or set imagePullPolicy to IfNotPresent.`,
  },
  {
    reasons: ['ImagePullFailed'],
    when: /toomanyrequests|429|rate limit/i,
    say: (_, message) =>
      `The registry limits pulls: wait, give the pod an imagePullSecret of an account with more, or use a mirror for ${imageOf(message)}.`,
  },
  {
    reasons: ['ImagePullFailed'],
    when: /no match for platform|exec format/i,
    say: (_, message) =>
      `Build ${imageOf(message)} for the platform of the node, or select nodes of a platform that it has.`,
  },
  {
    reasons: ['ImagePullFailed'],
    when: /no such host|i\/o timeout|connection refused|deadline exceeded|x509|TLS|network is unreachable/i,
    say: (_, message) =>
      `Check from the node that the registry of ${imageOf(message)} can be reached: its name, DNS, proxy and certificate.`,
  },
  {
    reasons: ['ImagePullFailed'],
    when: /unauthorized|denied|authentication required|forbidden|no basic auth/i,
    say: (_, message) =>
      `Give the pod an imagePullSecret that may pull ${imageOf(message)}, and check its name: a registry says the same of what does not exist.`,
  },
  {
    reasons: ['ImagePullFailed'],
    when: /not found|manifest unknown|does not exist/i,
    say: (_, message) => `Check the name and tag of ${imageOf(message)}: the registry does not have it.`,
  },
];

/** Objects and keys that a pod needs and that are not there, or not as it needs them. */
export const OBJECT_STEPS: readonly NextStepRow[] = [
  {
    reasons: ['ConfigError'],
    when: /(secret|configmap) "([^"]+)" not found/i,
    say: ([, kind = '', name]) =>
      `Create ${kindOf(kind)} ${name} in the namespace of the run, or correct the reference to it.`,
  },
  {
    reasons: ['ConfigError'],
    when: /couldn't find key (\S+) in (Secret|ConfigMap) ([^\s,;)]+)/,
    say: ([, key, kind, name]) => `Add key ${key} to ${kind} ${name}, or correct the reference to it.`,
  },
  {
    reasons: ['ConfigError'],
    when: /non-existent (?:config|secret) key: (\S+)(?: \(((?:ConfigMap|Secret) [^)]+)\))?/,
    say: ([, key, object]) =>
      `Add key ${key} to ${object ?? 'the object that the volume is filled from'}, or correct the items of the volume.`,
  },
  {
    reasons: ['ConfigError'],
    when: /failed to sync (?:secret|configmap) cache.*; it needs ([^)]+)\)/,
    say: ([, objects]) =>
      `Check that these exist in the namespace of the run: ${objects}. The node could not read them in time: where they exist, look at its connection to the API server.`,
  },
  {
    reasons: ['ConfigError'],
    when: /runAsNonRoot/,
    say: () =>
      'Set securityContext.runAsUser to a user other than 0, or use an image that names one by its number.',
  },
  {
    reasons: ['VolumeError'],
    when: /persistentvolumeclaim "([^"]+)" not found/,
    say: ([, name]) =>
      `Create PersistentVolumeClaim ${name} in the namespace of the run, or correct the volume.`,
  },
  {
    reasons: ['VolumeError'],
    when: /unbound immediate PersistentVolumeClaims/,
    say: () =>
      'Look at the events of the claim (kubectl describe pvc): it is bound to no volume; check its storage class and the provisioner.',
  },
  {
    reasons: ['VolumeError'],
    when: /Multi-Attach error/,
    say: () =>
      'End the pod that uses the volume on another node, or use a claim with access mode ReadWriteMany.',
  },
  {
    reasons: ['VolumeError'],
    when: /volume node affinity/,
    say: () => 'Add capacity in the zone of the volume, or use a volume of a zone that has some.',
  },
];

function kindOf(word: string): string {
  return word.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap';
}
