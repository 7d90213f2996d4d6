import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { readNamed } from '../../actions/readFresh.ts';
import { exitPodName } from '../../core/naming/naming.ts';
import { mainContainerName, nameOf, uidOf } from '../../core/pod/podFacts.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run, Stage } from '../../core/run/run.ts';
import { pods } from '../../kube/resources.ts';
import { findStoredLog, type StoredLog } from '../history/storedLog.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';

/** Which log is meant. */
export interface LogWish {
  readonly stage: Stage;
  /** Undefined: the last attempt. */
  readonly attempt: number | undefined;
  /** Undefined: the main container. */
  readonly container: string | undefined;
}

/** Where that log is. */
export type LogTarget =
  | {
      readonly kind: 'pod';
      readonly pod: string;
      readonly uid: string;
      readonly container: string;
      /** It writes no more. */
      readonly hasEnded: boolean;
    }
  /** The pod is gone; this is what the run kept of it. */
  | { readonly kind: 'kept'; readonly pod: string; readonly text: string }
  /** The pod is gone; this is what the history has of it. */
  | { readonly kind: 'stored'; readonly log: StoredLog }
  /** Nothing of it exists yet; it may come. */
  | { readonly kind: 'notYet'; readonly why: string };

interface StagePod {
  readonly name: string;
  /** Undefined where the status no longer holds it. */
  readonly uid: string | undefined;
  readonly tail: string | undefined;
}

/** Finds a run's log. Refuses (404) an attempt or container that the run doesn't have, and a log that is gone. */
export async function findLog(api: Api, run: Run, wish: LogWish, signal: AbortSignal): Promise<LogTarget> {
  const planned = stagePod(run, wish);
  if (planned === undefined) return notYet(run, wish);
  const pod = await readPod(api, run.metadata.namespace ?? '', planned, signal);
  if (pod === undefined) {
    const log = await findStoredLog(api, run, planned, wish);
    return log === undefined ? kept(planned, wish) : { kind: 'stored', log };
  }
  return podTarget(pod, containerOf(pod, wish));
}

/** The log of a container of a pod that is there. */
export function podTarget(pod: Pod, container: string): Extract<LogTarget, { kind: 'pod' }> {
  const { phase, containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  return {
    kind: 'pod',
    pod: nameOf(pod),
    uid: uidOf(pod),
    container,
    hasEnded: hasEnded && status?.state?.terminated !== undefined,
  };
}

/**
 * The same, and from the log store as soon as that has all of an ended run's log: a kubelet that rotated the log has less of it,
 * and then pages would shift when the pod goes.
 */
export async function findWholeLog(
  api: Api,
  run: Run,
  wish: LogWish,
  signal: AbortSignal,
): Promise<LogTarget> {
  const planned = isTerminal(run.status?.phase) ? stagePod(run, wish) : undefined;
  // Where the history can't be read, the pod's own log is good enough; when the pod is gone, it is asked again.
  const log = planned && (await findStoredLog(api, run, planned, wish).catch(() => undefined));
  return log?.isComplete ? { kind: 'stored', log } : findLog(api, run, wish, signal);
}

function notYet(run: Run, { stage, attempt }: LogWish): LogTarget {
  const said = attempt === undefined ? 'no attempt' : `no attempt ${attempt}`;
  return { kind: 'notYet', why: `run ${run.metadata.name ?? ''} has ${said} of stage ${stage}` };
}

function stagePod(run: Run, { stage, attempt }: LogWish): StagePod | undefined {
  if (stage === 'main') {
    const attempts = run.status?.attempts ?? [];
    const found = attempt === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === attempt);
    return found && { name: found.podName, uid: found.podUID, tail: found.logTail };
  }
  const last = run.status?.exit?.attempts ?? 0;
  const number = attempt ?? last;
  if (number < 1 || number > last) return undefined;
  const uid = number === last ? run.status?.exit?.podUID : undefined;
  return { name: exitPodName(run, number), uid, tail: undefined };
}

/** Undefined when it is gone, or the name is another pod's by now. */
async function readPod(
  api: Api,
  namespace: string,
  { name, uid }: StagePod,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const pod = await readNamed(api.client, pods, { namespace, name }, { signal });
  return uid === undefined || pod?.metadata?.uid === uid ? pod : undefined;
}

function kept({ name, tail }: StagePod, { container }: LogWish): LogTarget {
  if (tail !== undefined && container === undefined) return { kind: 'kept', pod: name, text: tail };
  throw new Refusal('LogNotFound', `pod ${name} is gone and its log with it`);
}

function containerOf(pod: Pod, { container }: LogWish): string {
  const names = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(
    ({ name }) => name,
  );
  const chosen = container ?? mainContainerName(pod.spec);
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw new Refusal(
    'LogNotFound',
    `pod ${pod.metadata?.name ?? ''} has no container ${chosen ?? 'main'}; it has ${names.join(', ')}`,
  );
}
