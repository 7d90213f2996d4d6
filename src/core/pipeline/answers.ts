/** What the pipeline client answers, in the form of OpenMetadata's PipelineServiceClientResponse. */
export interface PipelineAnswer {
  readonly code: number;
  readonly reason: string;
  readonly platform: 'Kubernetes';
  readonly version?: string;
  readonly runId?: string;
  readonly jobName?: string;
}

/** What a run that was made is known by. */
export interface TriggeredRun {
  /** The pipeline's own id of the run, a UUID. */
  readonly runId: string;
  /** The whole name of its OMJob or Job. */
  readonly jobName: string;
}

/** Whose permission, where: what the sentences of the service status name. */
export interface ServicePlace {
  readonly namespace: string;
  readonly serviceAccountName: string;
}

/** What was triggered, in the words of the sentence that says so. */
const TRIGGERED = {
  pipeline: 'Pipeline triggered successfully',
  automation: 'Automation workflow triggered',
  application: 'Application triggered',
} as const;

/** A pipeline is deployed. */
export function deployedAnswer(): PipelineAnswer {
  return answer(200, 'Pipeline deployed successfully to Kubernetes');
}

/** A run was made. Its ids stand in fields and, for older servers, as JSON in the sentence. */
export function triggeredAnswer(what: keyof typeof TRIGGERED, run: TriggeredRun): PipelineAnswer {
  const { runId, jobName } = run;
  return {
    ...answer(200, `${TRIGGERED[what]} - ${JSON.stringify({ runId, jobName })}`),
    runId,
    jobName,
  };
}

/** So many live runs of a pipeline were ended; `pipeline` is its sanitized name. */
export function killedAnswer(count: number, pipeline: string): PipelineAnswer {
  return answer(200, `Killed ${count} running job(s) for pipeline ${pipeline}`);
}

/** A pipeline is deleted, or some of it is not: code 500, with what went wrong. */
export function deletedAnswer(problems: readonly string[]): PipelineAnswer {
  return problems.length === 0
    ? answer(200, 'Pipeline deleted successfully')
    : answer(500, `Pipeline deleted with errors: ${problems.join('; ')}`);
}

/** A schedule is on or off now, or there is none. */
export function toggledAnswer(state: 'enabled' | 'disabled' | 'on demand'): PipelineAnswer {
  return answer(
    200,
    state === 'on demand' ? 'Pipeline toggle updated (on-demand pipeline)' : `Pipeline ${state}`,
  );
}

/** An application may be registered: nothing outside Kubernetes has to know it. */
export function validatedAnswer(): PipelineAnswer {
  return answer(200, 'Application validated');
}

/** Kubernetes answers and all rights are there. `version` is its gitVersion; undefined where it does not tell. */
export function healthyAnswer(place: ServicePlace, version: string | undefined): PipelineAnswer {
  const { namespace, serviceAccountName } = place;
  return {
    ...answer(
      200,
      `Kubernetes pipeline client is available in namespace '${namespace}' with service account '${serviceAccountName}'`,
    ),
    version: version ?? 'kubernetes',
  };
}

/** Kubernetes answers, but some rights are missing: each is named, as `ConfigMap` or `Secret`. */
export function missingRightsAnswer(
  place: ServicePlace,
  kinds: readonly string[],
  cause: string,
): PipelineAnswer {
  const { namespace, serviceAccountName } = place;
  return answer(
    500,
    `Kubernetes is available but missing ${kinds.join(', ')} permissions in namespace '${namespace}' for service account '${serviceAccountName}': ${cause}`,
  );
}

/** Kubernetes does not answer. */
export function unreachableAnswer(place: ServicePlace, cause: string): PipelineAnswer {
  const { namespace, serviceAccountName } = place;
  return answer(
    500,
    `Failed to connect to Kubernetes API (namespace: ${namespace}, service account: ${serviceAccountName}): ${cause}`,
  );
}

/** Where pipelines run from: what was configured, else the pod that answers, else the namespace. */
export function hostIpAnswer(host: {
  readonly hostIp?: string;
  readonly hostName?: string;
  readonly namespace: string;
}): { readonly ip: string } {
  if (host.hostIp) return { ip: host.hostIp };
  return {
    ip: host.hostName
      ? `Pod: ${host.hostName} in namespace: ${host.namespace}`
      : `Kubernetes cluster - namespace: ${host.namespace}`,
  };
}

function answer(code: number, reason: string): PipelineAnswer {
  return { code, reason, platform: 'Kubernetes' };
}
