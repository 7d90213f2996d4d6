import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import { deletePod } from '../../actions/deletePod.ts';
import { readFresh } from '../../actions/readFresh.ts';
import { targetOf } from '../../actions/target.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { runKeyOfPod } from '../../core/naming/runKey.ts';
import { hasEnded, isHeld, isTerminating, nameOf } from '../../core/pod/podFacts.ts';
import { timeText } from '../../core/run/conditions.ts';
import type { Verdict } from '../../core/run/run.ts';
import { isOurPod } from '../../core/sweep/isOurs.ts';
import { isMarked } from '../../core/sweep/sweepMark.ts';
import { pods } from '../../kube/resources.ts';
import type { Watches } from '../watches.ts';
import { groupBy } from './groupBy.ts';
import { releaseOrphans, storedRun } from './releaseOrphans.ts';
import type { SweepRound } from './sweepRound.ts';

/** What the sweep of pods looks at. */
export interface PodSweepParts {
  readonly watches: Pick<Watches, 'run' | 'pods' | 'podsOfKey'>;
  /** Whether the evidence of a pod is stored; undefined: there is no store, and nothing that could be waited for. */
  readonly isEvidenceStored: ((podUID: string) => boolean) | undefined;
}

/**
 * Pods whose run is gone: removed by force, or pods that no garbage collector knows. The cache only says where to look; that the run
 * is gone is asked of the API server, and so is the pod before it is deleted. A pod in which a container runs is never touched.
 */
export async function sweepPods(round: SweepRound, parts: PodSweepParts): Promise<void> {
  const suspects = parts.watches.pods().filter((pod) => isMarked(pod) || !hasCachedRun(parts.watches, pod));
  for (const [key, some] of groupBy(suspects, keyOf)) {
    if (!round.goesOn()) return;
    if (key === '') {
      for (const pod of some) round.leave(pods, pod, 'it names no run: it is not ours');
      continue;
    }
    const runUid = (await storedRun(round.client, key, round.options))?.metadata.uid;
    if (some.some(isHeld)) {
      await round.act('released', pods, () =>
        releaseOrphans(round.client, parts.watches, key, round.options),
      );
    }
    for (const pod of some) {
      if (pod.metadata?.labels?.[LABEL.runUid] === runUid) await round.keep(pods, pod);
      else await sweepPod(round, parts, pod);
    }
  }
}

async function sweepPod(round: SweepRound, parts: PodSweepParts, cached: Pod): Promise<void> {
  const pod = await readFresh(round.client, pods, targetOf(cached), round.options);
  if (pod === undefined || isTerminating(pod)) return;
  const obstacle = whyLeft(pod, parts);
  if (obstacle !== undefined) round.leave(pods, pod, obstacle);
  else if (round.stateOf(pod) === 'none') await round.mark(pods, pod);
  else if (round.stateOf(pod) === 'due') await round.act('deleted', pods, () => remove(round, pod));
}

function whyLeft(pod: Pod, { isEvidenceStored }: PodSweepParts): string | undefined {
  if (!isOurPod(pod)) return 'its name and environment are not those of a pod of ours';
  if (isLive(pod)) return 'its run is gone, and a container of it runs';
  if (isEvidenceStored?.(targetOf(pod).uid) === false) return 'its evidence is not stored yet';
  return undefined;
}

/** A container runs, or nobody can say that none does. */
function isLive(pod: Pod): boolean {
  if (hasEnded(pod)) return false;
  const { phase, initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const runs = ({ state }: ContainerStatus) => state?.running !== undefined;
  return (
    (phase !== undefined && phase !== 'Pending') ||
    [...initContainerStatuses, ...containerStatuses].some(runs)
  );
}

async function remove(round: SweepRound, pod: Pod): Promise<void> {
  const verdict: Verdict = {
    reason: 'Swept',
    by: 'endwell',
    message: `pod ${nameOf(pod)} outlived its run`,
    rule: 'no pod stays behind when its run is gone',
    at: timeText(round.client.serverNow()),
  };
  const { resourceVersion = '' } = pod.metadata ?? {};
  await deletePod(round.client, { ...targetOf(pod), verdict, resourceVersion }, round.options);
}

function hasCachedRun(watches: PodSweepParts['watches'], pod: Pod): boolean {
  return watches.run(keyOf(pod))?.metadata.uid === pod.metadata?.labels?.[LABEL.runUid];
}

/** Key of the run that the pod names; '' when it names none. */
function keyOf({ metadata }: Pod): string {
  return runKeyOfPod(metadata);
}
