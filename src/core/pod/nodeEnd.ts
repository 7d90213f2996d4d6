import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { NodeFacts, PodEvent } from '../decide/decision.ts';
import type { Verdict } from '../run/run.ts';
import { classifyPodEnd } from './classifyPodEnd.ts';
import type { PodEnd } from './podEnd.ts';
import { isLostWithNode } from './podFacts.ts';

/**
 * How a bound pod ended whose node is gone or out of service, whatever the pod's own phase still says; undefined while that
 * is not proved. A confirmed loss: nothing of the pod can run any more, so that another attempt doubles nothing. A main
 * whose end the node had reported before keeps that end.
 */
export function nodeEnd(
  pod: Pod,
  node: NodeFacts | undefined,
  verdict: Verdict | undefined,
  events: readonly PodEvent[] = [],
): PodEnd | undefined {
  return isLostWithNode(pod, node) ? classifyPodEnd(pod, verdict, { node, events }) : undefined;
}
