import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { AdmissionWord } from '../admission/word.ts';
import type { Run, RunStatus, RunTemplate, Verdict } from '../run/run.ts';

/** Everything that a decision may look at, read once. */
export interface Snapshot {
  readonly run: Run;
  /**
   * The frozen template named by the status; before acceptance the one that was just resolved. Undefined after acceptance
   * means that a fresh read said it is gone (then no pod can be built any more), never that it was not looked up.
   */
  readonly template: RunTemplate | undefined;
  /** Name of the ControllerRevision that holds `template`; undefined of an OMJob, which is its own template. */
  readonly templateName: string | undefined;
  /** Before acceptance: why the spec can't be accepted. */
  readonly specInvalid: string | undefined;
  /** Pods whose label endwell.dev/run-uid is this run's UID. */
  readonly pods: readonly Pod[];
  /** UIDs recorded in the status that a fresh read (not the cache) proved absent: 404 or another UID. */
  readonly gone: ReadonlySet<string>;
  /** Last answer of the API server to a create that was refused, by pod name; cleared when one succeeds. */
  readonly createErrors: ReadonlyMap<string, CreateError>;
  /**
   * When pods were last read past the cache, by name, ms since the epoch (API server's time). What was found stands in
   * `pods` as it was then or newer; a pod that `pods` lacks was not there.
   */
  readonly freshReads: ReadonlyMap<string, number>;
  /** Last ≤ 1 KiB of log of a main container, by pod UID, once it was read; '' when it could not be. */
  readonly logTails: ReadonlyMap<string, string>;
  readonly namespaceTerminating: boolean;
  /** The leader's word on a run that waits; undefined: not decided yet, then nothing is accepted or admitted. */
  readonly admission: AdmissionWord | undefined;
  /** Nodes of the run's pods, by name, as a watch shows them; a bound pod's node that is missing here is not known. */
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** Events about the run's pods, by pod UID, as `readPodEvents` last read them. */
  readonly podEvents: ReadonlyMap<string, PodEvents>;
  /** When the deletion of a pod was asked for as it was first seen to go, by UID, ms since the epoch (API server's time). */
  readonly deletionsSeen: ReadonlyMap<string, number>;
  /** When this process last made a pod, by name, ms since the epoch (API server's time). */
  readonly madeAt: ReadonlyMap<string, number>;
  /** UIDs of pods whose evidence a store has; undefined: there is no store, and evidence is what the status holds. */
  readonly evidenceStored: ReadonlySet<string> | undefined;
  /** It has ended and is more than its schedule keeps: it goes before its time. */
  readonly isSurplus: boolean;
  /** Last sign of progress of the open attempt, ms since the epoch (API server's time); undefined: none shows. */
  readonly progressAt: number | undefined;
}

/** What is known of a node. */
export interface NodeFacts {
  /** False: a fresh read said that there is no such node any more. */
  readonly exists: boolean;
  /** Condition Ready is True. */
  readonly ready: boolean;
  /** Carries the taint node.kubernetes.io/out-of-service: nothing runs there any more, as its operator says. */
  readonly outOfService: boolean;
  /** Since when Ready is not True (its lastTransitionTime), ms since the epoch. */
  readonly notReadySince: number | undefined;
}

/** Events about one pod as they were read. */
export interface PodEvents {
  /** Oldest first; none when they could not be read. */
  readonly events: readonly PodEvent[];
  /** When, ms since the epoch (API server's time). */
  readonly readAt: number;
  /** resourceVersion of the pod when they were read: what came of a later change is not in them. */
  readonly podVersion: string | undefined;
  /** How often they were read while the pod was as it is. */
  readonly times: number;
}

/** An Event about a pod, or several equal ones. */
export interface PodEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** When it was last seen, ms since the epoch. */
  readonly at: number;
  /** Component that said it, as `kubelet` or `default-scheduler`. */
  readonly source: string;
  /** The container that it is about; left out where it is about the pod. */
  readonly container?: string;
}

export interface CreateError {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Reason of the Status body. */
  readonly reason: string;
  readonly message: string;
  /** When the last refusal came, ms since the epoch (API server's time). */
  readonly at: number;
  /** Refusals in a row of this name; 1: the first. The next try waits longer each time. */
  readonly count: number;
  /** Reason AlreadyExists only: the object that has the name and is not a pod of this run. */
  readonly holder?: { readonly uid: string; readonly terminating: boolean };
}

/** An effect. Each is safe to repeat; `apply` carries them out after the status was written. */
export type Action =
  /** Create the gated main pod: the one effect that comes before the status; then observe again. */
  | { readonly kind: 'createMainPod'; readonly attempt: number }
  /** Remove the scheduling gate; only for a UID that the status holds. */
  | { readonly kind: 'ungateMainPod'; readonly podName: string; readonly podUID: string }
  | { readonly kind: 'createExitPod'; readonly attempt: number }
  /**
   * Delete with the UID as precondition. `verdict` was stored in the status before. An exit pod goes only as it was seen:
   * one that has ended meanwhile has left its receipt, and nothing else keeps that.
   */
  | {
      readonly kind: 'deletePod';
      readonly podName: string;
      readonly podUID: string;
      readonly verdict: Verdict;
      readonly graceSeconds?: number;
    }
  /**
   * Read the last bytes of the main container's log into `Snapshot.logTails` ('' when that fails, with a bound on
   * the time it may take), then observe again. Asked for before a pod that started is killed, and after a failure.
   */
  | { readonly kind: 'readLogTail'; readonly podName: string; readonly podUID: string }
  /** Read the pod of that name past the cache, whatever its UID; the answer stands in `pods` and `freshReads`; then observe again. */
  | { readonly kind: 'readPod'; readonly podName: string }
  /** Read the pod past the cache; the answer stands in `Snapshot.gone` or `pods`; then observe again. */
  | { readonly kind: 'confirmGone'; readonly podName: string; readonly podUID: string }
  /**
   * Give the main pod of that name, which another operator made for this very run, our marks and our finalizer; the answer
   * stands in `pods` and `freshReads`; then observe again.
   */
  | { readonly kind: 'adoptPod'; readonly podName: string }
  /** Read the Events about a pod into `Snapshot.podEvents` (none when that fails), then observe again. */
  | { readonly kind: 'readPodEvents'; readonly podName: string; readonly podUID: string }
  /** Delete the run itself, whose time is over, with UID and resourceVersion as preconditions. */
  | { readonly kind: 'deleteRun' }
  /** Remove finalizer endwell.dev/outcome from a main pod whose end is recorded. */
  | { readonly kind: 'releasePod'; readonly podName: string; readonly podUID: string }
  /** Add finalizer endwell.dev/exit-owed: before a run is accepted that kubectl made, and where somebody took it off since. */
  | { readonly kind: 'holdRun' }
  /** Remove finalizer endwell.dev/exit-owed. */
  | { readonly kind: 'releaseRun' };

/** A Kubernetes Event to emit once the status is written. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What one step said, for the trace. */
export interface TraceLine {
  readonly step: string;
  readonly said: string;
}

/** What to do next with one run. */
export interface Decision {
  /** The whole next status; undefined: nothing to write. */
  readonly status: RunStatus | undefined;
  readonly actions: readonly Action[];
  readonly events: readonly EventNote[];
  /** When to look again, ms since the epoch (API server's time); undefined: only when something changes. */
  readonly wakeAt: number | undefined;
  readonly trace: readonly TraceLine[];
}
