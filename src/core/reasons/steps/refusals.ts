import type { NextStepRow } from './missing.ts';

/** What the API server, a policy or the scheduler demands, in terms of what to change. */
export const REFUSAL_STEPS: readonly NextStepRow[] = [
  {
    reasons: ['PodSecurityDenied'],
    when: /violates PodSecurity "([^"]+)"/,
    say: ([, level], message) => podSecurityStep(level ?? '', message),
  },
  {
    reasons: ['QuotaExceeded'],
    when: /failed quota: (\S+): must specify ([^\n;]+)/,
    say: ([, quota, fields]) => `Set ${fields} for each container: quota ${quota} demands it.`,
  },
  {
    reasons: ['QuotaExceeded'],
    when: /exceeded quota: ([^\s,]+), requested: (\S+), used: (\S+), limited: ([^\s;]+)/,
    say: ([, quota, requested, used, limited]) =>
      `Wait for pods to end, or raise quota ${quota}: the pod asks for ${requested}, ${used} is in use, the limit is ${limited}.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /failed calling webhook "([^"]+)"/,
    say: ([, webhook]) =>
      `Mend webhook ${webhook}, which does not answer, or set its failurePolicy to Ignore.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /admission webhook "([^"]+)" denied the request/,
    say: ([, webhook]) => `Change the pod as webhook ${webhook} demands, or ask who runs it.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /ValidatingAdmissionPolicy '([^']+)'/,
    say: ([, policy]) => `Change the pod as ValidatingAdmissionPolicy ${policy} demands, or ask who set it.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /error looking up service account ([^/\s]+)\/([^:\s]+)/,
    say: ([, namespace, name]) =>
      `Create service account ${name} in namespace ${namespace}, or name another one.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /(maximum|minimum) (\S+) usage per (\S+) is (\S+?)[,.;]/,
    say: ([, bound, resource, per, amount]) =>
      `Set ${resource} of the pod within its LimitRange: the ${bound} per ${per} is ${amount}.`,
  },
  {
    reasons: ['AdmissionDenied'],
    when: /no PriorityClass with name (\S+) was found/,
    say: ([, name]) => `Create PriorityClass ${name}, or name another one.`,
  },
  {
    reasons: ['Forbidden'],
    when: /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/,
    say: ([, user, verb, resource, , namespace]) =>
      `Allow ${user} to ${verb} ${resource}${namespace === undefined ? '' : ` in namespace ${namespace}`}.`,
  },
  {
    reasons: ['Unschedulable'],
    when: /scheduling gate that is not ours: (.+)$/,
    say: ([, gates]) => `Wait for whoever set the scheduling gate (${gates}) to lift it, or ask there.`,
  },
  {
    reasons: ['Unschedulable'],
    when: /Insufficient|untolerated taint|didn't match Pod's|Too many pods|free ports|unschedulable/,
    say: (_, message) => schedulingStep(message),
  },
];

/** Pod Security says of each violation in brackets which field must be what. */
function podSecurityStep(level: string, message: string): string {
  const wanted = [...message.matchAll(/must set ([^()]+)\)/g)];
  const unwanted = [...message.matchAll(/must not set ([^()]+)\)/g)];
  const set = [...new Set(wanted.map(([, field]) => field ?? ''))];
  const drop = [...new Set(unwanted.map(([, field]) => field ?? ''))];
  const parts = [
    ...(set.length === 0 ? [] : [`Set ${set.join('; ')} in spec.main.`]),
    ...(drop.length === 0 ? [] : [`Remove ${drop.join('; ')} from spec.main.`]),
  ];
  return parts.length === 0
    ? `Change the fields that the message names: the namespace enforces the level ${level}.`
    : `${parts.join(' ')} The namespace enforces the level ${level}.`;
}

const SCHEDULING: readonly { readonly when: RegExp; readonly say: (words: string) => string }[] = [
  {
    when: /Insufficient ([\w./-]*\w)/,
    say: (what) => `lower the requests for ${what}, or add nodes with more of it`,
  },
  { when: /untolerated taint(?:\(s\))? ?(\{[^}]*\})?/, say: (taint) => `tolerate the taint ${taint}`.trim() },
  {
    when: /didn't match Pod's node affinity\/selector()/,
    say: () => 'correct nodeSelector and affinity, or label a node',
  },
  { when: /didn't match pod (?:anti-)?affinity()/i, say: () => 'loosen the affinity to other pods' },
  { when: /topology spread constraints()/, say: () => 'loosen topologySpreadConstraints' },
  { when: /Too many pods()/, say: () => 'add nodes: they are full of pods' },
  { when: /free ports()/, say: () => 'free the host port, or do without it' },
  { when: /were unschedulable()/, say: () => 'uncordon a node' },
];

/** One wish for each thing that the scheduler's sentence finds fault with. */
function schedulingStep(message: string): string {
  const wishes = SCHEDULING.flatMap(({ when, say }) => {
    const found = when.exec(message);
    return found === null ? [] : [say(found[1] ?? '')];
  });
  const text = wishes.join('; or ');
  return text === '' ? 'Add capacity, or ask for less.' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
