import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../../../core/naming/naming.ts';
import {
  hasEnded,
  hasMainStarted,
  isGated,
  isTerminating,
  mainTerminated,
} from '../../../core/pod/podFacts.ts';
import { isTrue } from '../../../core/run/conditions.ts';
import { isTerminal } from '../../../core/run/phases.ts';
import type { Run, Stage } from '../../../core/run/run.ts';
import type { Change } from '../../../kube/watch/store.ts';

/** What was seen of one pod of a run. Times are the watcher's own, in ms from any start. */
export interface PodSeen {
  readonly uid: string;
  readonly name: string;
  readonly runUid: string;
  readonly stage: Stage;
  readonly attempt: string;
  readonly seenAt: number;
  /** Bound to no node, no gate of ours, and nobody asked for its deletion. */
  isPending: boolean;
  isRunning: boolean;
  startedAt: number | undefined;
  endedAt: number | undefined;
  exitCode: number | undefined;
  isGone: boolean;
}

/** What was seen of one run. */
export interface RunSeen {
  readonly uid: string;
  readonly name: string;
  last: Run;
  acceptedAt: number | undefined;
  isEnded: boolean;
  isGone: boolean;
  /** It went while the watch was away, so its last state is not known. */
  isEndUnseen: boolean;
}

/** All that a watch has seen of runs and their pods; what is gone from the cluster stays here. */
export class Sightings {
  readonly runs = new Map<string, RunSeen>();
  readonly pods = new Map<string, PodSeen>();

  /** Takes in a change of a run, seen at `at`. */
  onRun(change: Change<Run>, at: number): void {
    const { object } = change;
    const { uid = '', name = '' } = object.metadata;
    const seen = this.runs.get(uid) ?? {
      uid,
      name,
      last: object,
      acceptedAt: undefined,
      isEnded: false,
      isGone: false,
      isEndUnseen: false,
    };
    this.runs.set(uid, seen);
    seen.last = object;
    if (isTrue(object.status, 'Accepted')) seen.acceptedAt ??= at;
    seen.isEnded = isTerminal(object.status?.phase);
    seen.isGone = change.kind === 'deleted';
    seen.isEndUnseen = change.kind === 'deleted' && change.stale && !seen.isEnded;
  }

  /** Takes in a change of a pod, seen at `at`. One that belongs to no run is left out. */
  onPod(change: Change<Pod>, at: number): void {
    const { object } = change;
    const seen = this.pods.get(object.metadata?.uid ?? '') ?? newPod(object, at);
    if (seen === undefined) return;
    this.pods.set(seen.uid, seen);
    const ended = mainTerminated(object);
    seen.isGone = change.kind === 'deleted';
    const isLive = !seen.isGone && !isTerminating(object);
    seen.isPending = isLive && object.spec?.nodeName === undefined && !isGated(object);
    if (hasMainStarted(object)) seen.startedAt ??= at;
    if (ended !== undefined || hasEnded(object)) seen.endedAt ??= at;
    seen.isRunning = isLive && seen.startedAt !== undefined && seen.endedAt === undefined;
    seen.exitCode ??= ended?.exitCode;
  }

  /** The pods of a run, of one stage, in the order in which they were seen. */
  podsOf(runUid: string, stage: Stage): PodSeen[] {
    return [...this.pods.values()].filter((pod) => pod.runUid === runUid && pod.stage === stage);
  }

  /** Names of runs and pods that are still in the cluster. */
  present(): string[] {
    const there = (kind: string, all: Iterable<{ readonly name: string; readonly isGone: boolean }>) =>
      [...all].filter(({ isGone }) => !isGone).map(({ name }) => `${kind} ${name}`);
    return [...there('run', this.runs.values()), ...there('pod', this.pods.values())];
  }

  /** Names of what `other` has seen and this one never has. */
  missed(other: Sightings): string[] {
    const unseen = <T extends { readonly uid: string; readonly name: string }>(
      kind: string,
      mine: ReadonlyMap<string, T>,
      theirs: ReadonlyMap<string, T>,
    ) => [...theirs.values()].filter(({ uid }) => !mine.has(uid)).map(({ name }) => `${kind} ${name}`);
    const ends = [...other.runs.values()]
      .filter(({ uid, isEnded }) => isEnded && this.runs.get(uid)?.isEnded === false)
      .map(({ name }) => `the end of run ${name}`);
    return [...unseen('run', this.runs, other.runs), ...unseen('pod', this.pods, other.pods), ...ends];
  }
}

function newPod(pod: Pod, at: number): PodSeen | undefined {
  const { uid = '', name = '', labels = {} } = pod.metadata ?? {};
  const runUid = labels[LABEL.runUid];
  const stage = labels[LABEL.stage];
  if (runUid === undefined || (stage !== 'main' && stage !== 'exit')) return undefined;
  return {
    uid,
    name,
    runUid,
    stage,
    attempt: labels[LABEL.attempt] ?? '',
    seenAt: at,
    isPending: false,
    isRunning: false,
    startedAt: undefined,
    endedAt: undefined,
    exitCode: undefined,
    isGone: false,
  };
}
