import type { ContainerStateTerminated, Pod } from 'kubernetes-types/core/v1.d.ts';
import { outcomeOf } from '../reasons/catalogue.ts';
import type { Verdict } from '../run/run.ts';
import { boundedMessage } from '../run/status.ts';
import { ENDS_FROM_OUTSIDE } from './ends/fromOutside.ts';
import { ENDS_OF_CONTAINERS } from './ends/ofContainers.ts';
import {
  type Beside,
  type EndFacts,
  type EndRow,
  endFactsOf,
  isAskUnknown,
  type PodEnd,
  type RowMatch,
  wasDeletedEarly,
} from './podEnd.ts';

/** What ended a main or exit pod: the first row that matches wins, so the order of the array is the order of causes. */
export const POD_END_TABLE: readonly EndRow[] = [...ENDS_FROM_OUTSIDE, ...ENDS_OF_CONTAINERS];

/**
 * How a pod that has ended ended. Never refuses: what no row knows is Unknown. Where `eventsTell` stands, the Events of
 * the pod may name the cause or who it was, and they were not given.
 */
export function classifyPodEnd(pod: Pod, verdict: Verdict | undefined, beside: Beside = {}): PodEnd {
  const facts = endFactsOf(pod, verdict, beside);
  for (const { match, eventsTell } of POD_END_TABLE) {
    const found = match(facts);
    if (found !== undefined) {
      const asks = eventsTell === true || facts.isAskLost;
      const message = `${found.message}${askNote(facts)}`;
      return podEnd({ ...found, message }, facts.main, asks && beside.events === undefined);
    }
  }
  const said = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ');
  const last = facts.events.at(-1);
  const heard = last === undefined ? '' : `; the last Event about it: ${last.message} (${last.reason})`;
  const message = `pod ${facts.podName} ended and nothing in it says why${said && ` (${said})`}${heard}`;
  return podEnd({ reason: 'Unknown', message }, facts.main, beside.events === undefined);
}

/** That a deletion may have been what ended main, as the end of a sentence; '' where it is known whether it was. */
function askNote(facts: EndFacts): string {
  return isAskUnknown(facts) && !wasDeletedEarly(facts)
    ? '; its pod was deleted, and nothing tells any more whether that was asked for before'
    : '';
}

/** How a recorded pod ended whose object is gone, by a fresh read: only who removed our finalizer can have done that. */
export function classifyVanishedPod(podName: string, verdict: Verdict | undefined): PodEnd {
  return podEnd(
    verdict ?? {
      reason: 'PodDeleted',
      message: `pod ${podName} is gone although it carried our finalizer: somebody removed both; its containers may still run`,
    },
    undefined,
    false,
  );
}

function podEnd(match: RowMatch, main: ContainerStateTerminated | undefined, eventsTell: boolean): PodEnd {
  return {
    outcome: outcomeOf(match.reason),
    reason: match.reason,
    message: boundedMessage(match.message),
    ...(main === undefined ? {} : { exitCode: main.exitCode }),
    ...(eventsTell ? { eventsTell } : {}),
  };
}
