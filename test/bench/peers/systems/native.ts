import { setTimeout as delay } from 'node:timers/promises';
import { type ControllerProfile, NAMESPACE } from '../controlPlane.ts';
import { hasCondition, podTemplate } from './podTemplate.ts';
import type { System } from './system.ts';

/** Its caches say nowhere when they are filled. */
const WARM_MS = 5000;

/** The Job controller of kube-controller-manager. It has no exit handler. */
export function native(profile: ControllerProfile): System {
  return {
    name: 'native',
    profile,
    processes: ['kcm'],
    runs: `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
    hasHandler: false,
    hasStatusSubresource: true,
    crds: () => [],
    async start(plane) {
      await plane.useControllerProfile(profile);
      await delay(WARM_MS);
      plane.processes.assertRunning('kcm');
    },
    run: (name, { runFor }) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: { backoffLimit: 0, template: podTemplate(runFor) },
    }),
    ended(job) {
      if (hasCondition(job, 'Complete')) return 'Succeeded';
      return hasCondition(job, 'Failed') ? 'Failed' : undefined;
    },
    podOf({ metadata }) {
      const run = metadata.labels?.['batch.kubernetes.io/job-name'];
      return run === undefined ? undefined : { run, step: 'main' };
    },
  };
}
