import { omJobs } from '../../src/actions/resources.ts';
import type { OMJob, OMJobPod, OMJobSpec } from '../../src/core/omjob/omJob.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { SHELL_IMAGE } from './cluster.ts';
import { eventually } from './eventually.ts';

/** A pod of an OMJob that runs a shell script. */
export function shellPart(script: string, change: Partial<OMJobPod> = {}): OMJobPod {
  return {
    image: SHELL_IMAGE,
    command: ['/bin/sh', '-c', script],
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsUser: 1000, runAsNonRoot: true },
    ...change,
  };
}

/** A handler that writes what it was told. */
export const REPORT = shellPart('env | grep -E "^(ENDWELL_|pipeline|jobName|namespace|config)" | sort');

/** Creates an OMJob as OpenMetadata's client would: a raw object. */
export function createOMJob(
  client: KubeClient,
  { namespace, name = 'job', labels }: { namespace: string; name?: string; labels?: Record<string, string> },
  spec: OMJobSpec,
): Promise<OMJob> {
  return client.create(omJobs, {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name, namespace, ...(labels && { labels }) },
    spec,
  });
}

/** The OMJob, once `when` holds for it. */
export function omJobWhen(
  client: KubeClient,
  ref: { readonly namespace: string; readonly name: string },
  when: (job: OMJob) => boolean,
  what: string,
): Promise<OMJob> {
  let last: OMJob | undefined;
  return eventually(
    async () => {
      last = await client.get(omJobs, ref);
      return when(last) ? last : undefined;
    },
    () => `OMJob ${ref.name} ${what}; it is ${JSON.stringify(last?.status)}`,
  );
}

/** The whole log of a container that is its pod's only one. */
export async function logOf(client: KubeClient, namespace: string, name: string): Promise<string> {
  let text = '';
  for await (const chunk of await client.podLog({ namespace, name })) text += Buffer.from(chunk).toString();
  return text;
}
