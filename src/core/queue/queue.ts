import type { Condition, ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';

/** A Queue as DOMAIN.md §2b has it: limits and order of admission. The schema that says what is valid is `spec.ts`. */
export interface Queue {
  apiVersion: 'endwell.dev/v1';
  kind: 'Queue';
  metadata: ObjectMeta;
  spec: QueueSpec;
  status?: QueueStatus;
}

export interface QueueSpec {
  /** Main pods at once; not set: no limit. The same holds for the next two. */
  maxRunning?: number;
  maxRunningPerNamespace?: number;
  /** A subject of two namespaces is two subjects. */
  maxRunningPerSubject?: number;
  /** Runs that wait; one that would have to wait beyond it is refused. */
  maxQueued?: number;
  /** What becomes of a run that finds a limit of running ones reached; default Queue. */
  whenFull?: 'Queue' | 'Reject';
  /** Default Priority. */
  order?: 'Priority' | 'FairBySubject';
}

export interface QueueStatus {
  /** Runs that hold a slot. */
  running: number;
  /** Runs that are accepted and wait. */
  queued: number;
  /** Creation of the run that has waited longest; not set: none waits. */
  oldestQueuedAt?: string;
  conditions?: Condition[];
}

/** Queue of a run that names none and whose profile has none. */
export const DEFAULT_QUEUE = 'default';

/** Queue of builds that name none. */
export const BUILD_QUEUE = 'build';

/** Ten builds at once keep a cluster of a few nodes usable; source: the job limit of the build system that this one replaces. */
const BUILDS_AT_ONCE = 10;

/** Queues that exist without an object; an object of the same name takes the place of one. */
export const BUILT_IN_QUEUES: Readonly<Record<string, QueueSpec>> = {
  [DEFAULT_QUEUE]: {},
  [BUILD_QUEUE]: { maxRunning: BUILDS_AT_ONCE },
};
