import type { Pod } from 'kubernetes-types/core/v1.d.ts';

/** What the operator of OpenMetadata marks a main pod with, and we with it. */
const POD_TYPE = 'omjob.pipelines.openmetadata.org/pod-type';

/** The pod whose log a pipeline shows: a main pod before any other, then the newest. Undefined: there is none. */
export function podOfLogs(pods: readonly Pod[]): Pod | undefined {
  return pods.toSorted((a, b) => rankOf(b) - rankOf(a) || createdAt(b) - createdAt(a))[0];
}

function rankOf({ metadata }: Pod): number {
  return metadata?.labels?.[POD_TYPE] === 'main' ? 1 : 0;
}

/** One that does not say when it was made is older than all. */
function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? '') || 0;
}
