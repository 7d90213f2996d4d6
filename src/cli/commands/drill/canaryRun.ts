import type { Pod, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { NewRun } from '../../../actions/createRun.ts';
import { LABEL } from '../../../core/naming/naming.ts';
import type { Canary, Life } from './canaries.ts';

/** How long an ended canary and its pods are kept: the watch has seen the end by then, and the drill soon sees them go. */
export const KEEP_SECONDS = 10;
/** For an image that a node pulls first. */
const START_SECONDS = 180;
/** Of a pod that is asked to go: nothing in it wants to say goodbye. */
const GRACE_SECONDS = 1;
/** "nobody", who owns no file in any image. */
const NOBODY = 65_534;

/** The run of a canary. Small, unprivileged (Pod Security "restricted"), without a token of the cluster. */
export function canaryRun(canary: Canary, namespace: string, image: string): NewRun {
  const { life, name } = canary;
  return {
    namespace,
    name,
    labels: { [LABEL.drill]: 'canary' },
    spec: {
      main: { spec: { ...podOf(image, life.main), ...placeOf(life) } },
      exitHandler: { spec: podOf(image, life.handler) },
      limits: { startSeconds: START_SECONDS },
      retry: { maxAttempts: 1 },
      exitRetry: { maxAttempts: life.exitAttempts, backoffSeconds: 1 },
      ttlSeconds: { succeeded: KEEP_SECONDS, failed: KEEP_SECONDS },
    },
  };
}

/** A pod as those of the canaries are, to ask the cluster whether it would take them. */
export function canaryPod(namespace: string, image: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: 'would-you-take-this' },
    spec: { ...podOf(image, 'true'), restartPolicy: 'Never' },
  };
}

function podOf(image: string, script: string): PodSpec {
  return {
    terminationGracePeriodSeconds: GRACE_SECONDS,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NOBODY,
      runAsGroup: NOBODY,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'main',
        image,
        command: ['/bin/sh', '-c', script],
        resources: { requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '64Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  };
}

/** A pod that is to be deleted while it is pending asks for a node that no cluster has. */
function placeOf({ blow }: Life): Pick<PodSpec, 'nodeSelector'> {
  const isToPend = blow.kind === 'deletePod' && blow.when === 'pending';
  return isToPend ? { nodeSelector: { [LABEL.drill]: 'nowhere' } } : {};
}
