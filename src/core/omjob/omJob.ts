import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { Condition, ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import * as z from 'zod';
import type { ReasonCode } from '../reasons/catalogue.ts';
import type { RunStatus } from '../run/run.ts';

/** API group of OpenMetadata's kinds. */
export const OMJOB_GROUP = 'pipelines.openmetadata.org';

/** apiVersion of OMJob and CronOMJob. */
export const OMJOB_API_VERSION = 'pipelines.openmetadata.org/v1';

/** What OpenMetadata's chart sets where a job does not say how long it is kept, in seconds: a day. */
const DEFAULT_TTL_SECONDS = 86_400;

/** A year, as for the limits of a run. */
const MAX_SECONDS = 31_536_000;

const strings = z.array(z.string()).exactOptional();
const stringMap = z.record(z.string(), z.string()).exactOptional();
const objects = z.array(z.looseObject({})).exactOptional();
const object = z.looseObject({}).exactOptional();
const keyOf = z.looseObject({ name: z.string(), key: z.string(), optional: z.boolean().exactOptional() });

const variable = z.looseObject({
  name: z.string(),
  value: z.string().exactOptional(),
  valueFrom: z
    .looseObject({
      configMapKeyRef: keyOf.exactOptional(),
      secretKeyRef: keyOf.exactOptional(),
      fieldRef: z
        .looseObject({ apiVersion: z.string().exactOptional(), fieldPath: z.string() })
        .exactOptional(),
      resourceFieldRef: z.looseObject({ resource: z.string() }).exactOptional(),
    })
    .exactOptional(),
});

/**
 * One container and the pod around it, their fields side by side. What is not named here is kept: every field of a
 * container or of a pod may stand in it, those of a newer Kubernetes too.
 */
const podSpec = z.looseObject({
  image: z.string().min(1),
  imagePullPolicy: z
    .enum(['Always', 'Never', 'IfNotPresent'])
    .meta({ default: 'IfNotPresent' })
    .exactOptional(),
  imagePullSecrets: z.array(z.looseObject({ name: z.string().exactOptional() })).exactOptional(),
  serviceAccountName: z.string().exactOptional(),
  command: strings,
  args: strings,
  env: z.array(variable).exactOptional(),
  envFrom: objects,
  resources: z.looseObject({ requests: stringMap, limits: stringMap }).exactOptional(),
  nodeSelector: stringMap,
  tolerations: z
    .array(
      z.looseObject({
        key: z.string().exactOptional(),
        operator: z.string().exactOptional(),
        value: z.string().exactOptional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
        tolerationSeconds: z.int().exactOptional(),
      }),
    )
    .exactOptional(),
  affinity: object,
  /** Of the pod, not of the container. */
  securityContext: object,
  volumes: objects,
  volumeMounts: objects,
  terminationGracePeriodSeconds: z.int().min(0).max(MAX_SECONDS).exactOptional(),
  priorityClassName: z.string().exactOptional(),
  labels: stringMap,
  annotations: stringMap,
});

/** The schema of an OMJob's spec: what OpenMetadata's chart takes, and what that lacks as optional fields. */
export const omJobSpecSchema = z.strictObject({
  mainPodSpec: podSpec,
  exitHandlerSpec: podSpec.exactOptional(),
  ttlSecondsAfterFinished: z
    .int()
    .min(0)
    .max(MAX_SECONDS)
    .meta({ default: DEFAULT_TTL_SECONDS })
    .exactOptional(),
  activeDeadlineSeconds: z.int().min(1).max(MAX_SECONDS).exactOptional(),
});

/** Fields of a container that stand as they are; its name, restarts and security context are not its own here. */
type OfContainer = Partial<
  Omit<Container, 'name' | 'image' | 'restartPolicy' | 'securityContext' | 'resources'>
>;

/** Fields of a pod that stand as they are. */
type OfPod = Partial<Omit<PodSpec, 'restartPolicy' | 'resources'>>;

/** A pod as an OMJob asks for it: one container and the pod around it, their fields side by side. */
export interface OMJobPod extends OfContainer, OfPod {
  image: string;
  resources?: NonNullable<Container['resources']>;
  /** Read by nobody: a pod of an OMJob is never restarted. */
  restartPolicy?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** What an OMJob asks for. */
export interface OMJobSpec {
  mainPodSpec: OMJobPod;
  exitHandlerSpec?: OMJobPod;
  /** Seconds; 0 or left out: it is kept. */
  ttlSecondsAfterFinished?: number;
  /** Seconds from `status.startTime` on; bounds main. */
  activeDeadlineSeconds?: number;
}

/** The phases that OpenMetadata knows. */
export const OMJOB_PHASES = ['Pending', 'Running', 'ExitHandlerRunning', 'Succeeded', 'Failed'] as const;

/** One of the phases that OpenMetadata knows. */
export type OMJobPhase = (typeof OMJOB_PHASES)[number];

/** What is told of an OMJob, in the words of OpenMetadata; `endwell` holds the whole status of the run that it is. */
export interface OMJobStatus {
  phase?: OMJobPhase;
  mainPodName?: string;
  exitHandlerPodName?: string;
  message?: string;
  startTime?: string;
  completionTime?: string;
  mainPodExitCode?: number;
  /** Why main ended as it did: a code of the catalogue. */
  mainReason?: ReasonCode;
  exitHandlerExitCode?: number;
  observedGeneration?: number;
  conditions?: Condition[];
  endwell?: RunStatus;
}

/** An OMJob as the API server has it. */
export interface OMJob {
  apiVersion: typeof OMJOB_API_VERSION;
  kind: 'OMJob';
  metadata: ObjectMeta;
  spec: OMJobSpec;
  status?: OMJobStatus;
}
