import type { ResourceRequirements } from 'kubernetes-types/core/v1.d.ts';
import { BUILD_QUEUE, DEFAULT_QUEUE } from '../queue/queue.ts';
import {
  BUILD_RUN_SECONDS,
  DEFAULT_EXIT_RETRY,
  DEFAULT_LIMITS,
  DEFAULT_RETRY,
  DEFAULT_TTL,
  INGESTION_RUN_SECONDS,
} from '../run/defaults.ts';
import type { PodTemplateOverlay } from '../run/run.ts';
import type { ContainerOverlay, Layer } from './layer.ts';

/** Profile of a run that names none. */
export const DEFAULT_PROFILE = 'job';

/**
 * What every pod gets: the container runtime's own seccomp profile, and no token of the Kubernetes API. A job that talks
 * to the API sets `automountServiceAccountToken: true` and a service account of its own.
 */
const SAFE_POD: PodTemplateOverlay = {
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  },
};

/**
 * No way to more rights than the container starts with. With this a pod meets the Pod Security level `restricted`
 * once its run sets `runAsNonRoot: true` (and `runAsUser`, where the image names no user by number): we can't know
 * whether an image runs without root, and one that can't would not start. An image that changes owners or users as
 * root (package managers, old databases) must add the capabilities it needs.
 */
const SAFE_CONTAINER: ContainerOverlay = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

/** Enough to report an outcome and tidy up. */
const EXIT_RESOURCES: ResourceRequirements = { requests: { cpu: '50m', memory: '64Mi' } };

const BASE: Layer = {
  origin: 'built-in',
  main: SAFE_POD,
  mainContainer: SAFE_CONTAINER,
  exitHandler: SAFE_POD,
  exitContainer: { ...SAFE_CONTAINER, resources: EXIT_RESOURCES },
  limits: DEFAULT_LIMITS,
  retry: DEFAULT_RETRY,
  exitRetry: DEFAULT_EXIT_RETRY,
  ttlSeconds: DEFAULT_TTL,
  logs: 'Tail',
};

/**
 * Builders unpack layers as root and set owners: what container runtimes grant by default, and nothing beyond it. Drop
 * and escalation are laid over SAFE_CONTAINER, so they are named here with their own values.
 */
const BUILD_SECURITY: ContainerOverlay['securityContext'] = {
  allowPrivilegeEscalation: true,
  capabilities: { drop: [] },
};

/** Short question to a connector. Java connectors start within the limit; a node holds many of them. */
const QUESTION: ResourceRequirements = {
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { memory: '1Gi' },
};

/** The job types that exist without a Profile object. */
const PROFILES = {
  /** Any container. No limits: nothing is known of it. */
  job: { mainContainer: { resources: { requests: { cpu: '50m', memory: '64Mi' } } } },
  spec: { mainContainer: { resources: QUESTION } },
  check: { mainContainer: { resources: QUESTION } },
  discover: { mainContainer: { resources: QUESTION } },
  /** A connector holds batches of records in memory: twice its request as limit. */
  sync: {
    mainContainer: {
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } },
    },
  },
  /** Carries every record between source and destination: what it asks for it needs, so request is limit. */
  orchestrator: {
    mainContainer: {
      resources: { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '1', memory: '2Gi' } },
    },
  },
  ingestion: {
    mainContainer: {
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
    },
    limits: { runSeconds: INGESTION_RUN_SECONDS },
  },
  build: {
    mainContainer: {
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      securityContext: BUILD_SECURITY,
    },
    limits: { runSeconds: BUILD_RUN_SECONDS },
    // A builder's workspace is large, and what it says is in its log.
    keepPodSeconds: { failed: 0 },
    queue: BUILD_QUEUE,
    // A build that failed for its sources fails again at once: five minutes are the time to mend them.
    afterFailureSeconds: 300,
  },
} as const satisfies Record<string, Omit<Layer, 'origin'>>;

/** Names of the profiles that exist without an object. */
export const BUILT_IN_PROFILES: readonly string[] = Object.keys(PROFILES);

/** The layers below a run of this profile, lowest first; undefined when there is no such profile. */
export function builtInLayers(profile: string): readonly Layer[] | undefined {
  const layer = ownLayer(profile);
  return layer === undefined ? undefined : [BASE, { origin: `profile ${profile}`, ...layer }];
}

/** Queue of runs of this profile that name none. */
export function queueOfProfile(profile = DEFAULT_PROFILE): string {
  return ownLayer(profile)?.queue ?? DEFAULT_QUEUE;
}

/** How long after a failure a new run of its key is refused, for runs of this profile that don't say; 0: it is not. */
export function afterFailureOfProfile(profile: string): number {
  return ownLayer(profile)?.afterFailureSeconds ?? 0;
}

function ownLayer(profile: string): Omit<Layer, 'origin'> | undefined {
  const layers: Readonly<Record<string, Omit<Layer, 'origin'>>> = PROFILES;
  return Object.hasOwn(layers, profile) ? layers[profile] : undefined;
}
