import type { NextStepRow } from './missing.ts';

/** What to change about a pod that ran, or began to. */
export const RUNTIME_STEPS: readonly NextStepRow[] = [
  {
    reasons: ['OutOfMemory'],
    when: /^container (\S+) of .*memory limit (?:is|of) ([\w.]+)/,
    say: ([, container, limit]) =>
      `Raise resources.limits.memory of container ${container} above ${limit}, or make it use less.`,
  },
  {
    reasons: ['OutOfMemory'],
    when: /^container (\S+) of .*no memory limit of its own/,
    say: ([, container]) =>
      `Give container ${container} a request and a limit for memory, so that it gets a node that has enough.`,
  },
  {
    reasons: ['Evicted'],
    when: /under pressure of (\S+?):/,
    say: ([, resource]) =>
      `Raise the request of the pod for ${resource}, so that it gets a node that has enough, or make it use less.`,
  },
  {
    reasons: ['Evicted'],
    when: /its limit of local storage/,
    say: () => 'Raise limits of ephemeral-storage or of the emptyDir volume, or write less.',
  },
  {
    reasons: ['Evicted'],
    when: /evicted through the API|by a taint/,
    say: () =>
      'Nothing is wrong with the run: it is tried again where attempts are left; else submit it again.',
  },
  {
    reasons: ['ExitCode'],
    when: /exit code 127\b/,
    say: () =>
      'See the end of its log: 127 mostly means that a command is not in the image, or not in its PATH.',
  },
  {
    reasons: ['ExitCode'],
    when: /exit code 126\b/,
    say: () => 'See the end of its log: 126 mostly means that a file is there and may not be executed.',
  },
  {
    reasons: ['Signal'],
    when: /its node said: .*(liveness|startup) probe/i,
    say: ([, probe]) =>
      `See why the ${probe?.toLowerCase()} probe failed; give it more time if main was only busy.`,
  },
  {
    reasons: ['ContainerCannotRun'],
    when: /exec: "?([^":\s]+)"?: (?:executable file not found|stat [^:]+: no such file)/,
    say: ([, program]) => `Check the command: the image has no program ${program}.`,
  },
  {
    reasons: ['InitFailed'],
    when: /^init container (\S+) /,
    say: ([, container]) => `See the log of init container ${container}.`,
  },
  {
    reasons: ['SidecarFailed'],
    when: /^container (\S+) of /,
    say: ([, container]) => `See the log of container ${container}.`,
  },
  {
    reasons: ['NodeLost', 'NodeUnreachable', 'NodeShutdown', 'SandboxFailed'],
    when: /node ([\w.-]+) /,
    say: ([, node]) => `Look at node ${node} (kubectl describe node ${node}).`,
  },
];
