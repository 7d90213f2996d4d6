import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { nameOf } from '../../core/pod/podFacts.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { MainFacts } from './reportTask.ts';

/** Labels of OpenMetadata's operator and of its client. */
const OMJOB = 'omjob.pipelines.openmetadata.org/name';
const POD_TYPE = 'omjob.pipelines.openmetadata.org/pod-type';
const RUN_ID = 'app.kubernetes.io/run-id';
const JOB = 'job-name';
/** What can stand in a selector: anything else is no label's value, and would be another selector. */
const LABEL_VALUE = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

/**
 * The pod whose end is reported: by Endwell's own label, then by those that OpenMetadata's handler tries, in its order; of
 * several the newest. Undefined: it is gone. Rejects when the cluster can't be asked.
 */
export async function findMainPod(
  client: KubeClient,
  facts: MainFacts,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const { namespace } = facts;
  if (namespace === undefined) return undefined;
  for (const labelSelector of selectorsOf(facts)) {
    const { items } = await client.list(pods, { namespace, labelSelector, signal });
    const [newest] = items.filter(isMain).toSorted((a, b) => createdAt(b) - createdAt(a));
    if (newest !== undefined) return newest;
  }
  return undefined;
}

function selectorsOf({ runUid, jobName, runId }: MainFacts): string[] {
  const by = (value: string | undefined, ...selectors: ((value: string) => string)[]) =>
    value !== undefined && LABEL_VALUE.test(value) ? selectors.map((selector) => selector(value)) : [];
  return [
    ...by(runUid, (uid) => `${LABEL.runUid}=${uid},${LABEL.stage}=main`),
    ...by(
      jobName,
      (job) => `${JOB}=${job}`,
      (job) => `${OMJOB}=${job},${POD_TYPE}=main`,
      (job) => `${OMJOB}=${job}`,
    ),
    ...by(
      runId,
      (run) => `${RUN_ID}=${run},${POD_TYPE}=main`,
      (run) => `${RUN_ID}=${run}`,
    ),
  ];
}

/** The handler's own pod carries most labels of the main pod. */
function isMain(pod: Pod): boolean {
  const { labels = {} } = pod.metadata ?? {};
  return labels[LABEL.stage] !== 'exit' && labels[POD_TYPE] !== 'exit-handler' && nameOf(pod) !== '';
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? '') || 0;
}
