import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NAMESPACE, SYSTEM_NAMESPACE } from '../controlPlane.ts';
import type { ProgramAndCrds } from '../programs.ts';
import { podTemplate } from './podTemplate.ts';
import type { System } from './system.ts';

const WARM_MS = 5000;

/** `default` is what the program does by itself; `tuned` what its users set, and looks at a workflow again after 100 ms. */
const PROFILES = {
  default: { flags: [], requeue: '10s' },
  tuned: {
    flags: ['--qps', '500', '--burst', '1000', '--workflow-workers', '64', '--pod-cleanup-workers', '16'],
    requeue: '100ms',
  },
} as const;

/** Name of a profile of Argo. */
export type ArgoProfile = keyof typeof PROFILES;

/** Argo Workflows: one container template, and an onExit template for the handler. Its executor is not measured. */
export function argo(profile: ArgoProfile, { program, crds }: ProgramAndCrds): System {
  return {
    name: 'argo',
    profile,
    processes: ['argo'],
    runs: `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
    hasHandler: true,
    hasStatusSubresource: false,
    crds: () =>
      readdirSync(crds)
        .filter((file) => file.startsWith('argoproj.io_'))
        .map((file) => readFileSync(join(crds, file), 'utf8')),
    async start({ processes, kubeconfig, kubectl }) {
      const { flags, requeue } = PROFILES[profile];
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'workflow-controller-configmap', namespace: SYSTEM_NAMESPACE },
        data: { metricsConfig: '{enabled: false}' },
      };
      kubectl(['apply', '-f', '-'], JSON.stringify(configMap));
      const own = ['--kubeconfig', kubeconfig('system'), '--namespace', SYSTEM_NAMESPACE, '--namespaced'];
      const where = ['--managed-namespace', NAMESPACE, '--executor-image', 'fake-executor:1'];
      const env = { LEADER_ELECTION_DISABLE: 'true', DEFAULT_REQUEUE_TIME: requeue };
      processes.start('argo', program, [...own, ...where, ...flags], env);
      await delay(WARM_MS);
      processes.assertRunning('argo');
    },
    run: (name, { runFor, handler }) => ({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name },
      spec: {
        entrypoint: 'main',
        ...(handler === 'with handler' ? { onExit: 'exit' } : {}),
        templates: (handler === 'with handler' ? ['main', 'exit'] : ['main']).map((step) =>
          template(step, runFor),
        ),
      },
    }),
    ended({ status }) {
      const phase = status?.['phase'];
      if (phase === 'Succeeded') return 'Succeeded';
      return phase === 'Failed' || phase === 'Error' ? 'Failed' : undefined;
    },
    podOf({ metadata: { labels, annotations } }) {
      const run = labels?.['workflows.argoproj.io/workflow'];
      if (run === undefined) return undefined;
      const isExit = annotations?.['workflows.argoproj.io/node-name']?.endsWith('.onExit') === true;
      return { run, step: isExit ? 'exit' : 'main' };
    },
  };
}

function template(name: string, runFor: string) {
  const { metadata, spec } = podTemplate(runFor);
  return { name, metadata, container: { image: spec.containers[0]?.image, command: ['true'] } };
}
