import * as z from 'zod';

/**
 * One setting of the pipeline client. Its value may be what OpenMetadata's chart writes into a variable (text) or what stands
 * in its configuration file (a number, a list, a mapping): `src/core/pipeline/pipelineSettings.ts` reads both and says what
 * is wrong in the sentences that OpenMetadata's client has. Variables are those of OpenMetadata's client alone: `server` and `up`
 * read the same, and ENDWELL_NAMESPACE is what we tell a pod about its own run.
 */
function setting(sentence: string, ...variables: string[]) {
  return z.unknown().optional().describe(`Pipelines: ${sentence}`).meta({ variables, own: false });
}

/** What can be set of pipelines: keys as in OpenMetadata's `pipelineServiceClientConfiguration.parameters`. */
export const pipelineFields = {
  namespace: setting('namespace of their jobs; default: openmetadata-pipelines', 'K8S_NAMESPACE'),
  ingestionImage: setting(
    'image of ingestion; default: docker.getcollate.io/openmetadata/ingestion:latest',
    'K8S_INGESTION_IMAGE',
  ),
  ingestionVersion: setting(
    'version of OpenMetadata that the image is of, as its server asks for it; default: the tag of the image',
    'K8S_INGESTION_VERSION',
  ),
  imagePullPolicy: setting('Always, IfNotPresent (default) or Never', 'K8S_IMAGE_PULL_POLICY'),
  imagePullSecrets: setting('Secrets with credentials of registries, a,b', 'K8S_IMAGE_PULL_SECRETS'),
  serviceAccountName: setting(
    'ServiceAccount of their pods; default: openmetadata-ingestion',
    'K8S_SERVICE_ACCOUNT_NAME',
  ),
  resources: setting(
    'of main, as JSON: {"requests":{"cpu","memory"},"limits":{"cpu","memory"}}; default: 500m and 1Gi, at most 2 and 4Gi',
    'K8S_RESOURCES',
  ),
  requestsCpu: setting('requested CPU of main, instead of that of resources', 'K8S_REQUESTS_CPU'),
  requestsMemory: setting('requested memory of main, instead of that of resources', 'K8S_REQUESTS_MEMORY'),
  limitsCpu: setting('most CPU of main, instead of that of resources', 'K8S_LIMITS_CPU'),
  limitsMemory: setting('most memory of main, instead of that of resources', 'K8S_LIMITS_MEMORY'),
  ttlSecondsAfterFinished: setting(
    'seconds that a finished job is kept; default: 604800',
    'K8S_TTL_SECONDS_AFTER_FINISHED',
  ),
  activeDeadlineSeconds: setting('longest time of a job; default: 7200', 'K8S_ACTIVE_DEADLINE_SECONDS'),
  backoffLimit: setting('attempts after the first; default: 3', 'K8S_BACKOFF_LIMIT'),
  startingDeadlineSeconds: setting(
    'how old a missed slot may be that is made up; 0 (default): none is made up',
    'K8S_STARTING_DEADLINE_SECONDS',
  ),
  successfulJobsHistoryLimit: setting(
    'succeeded scheduled jobs that are kept; default: 3',
    'K8S_SUCCESS_JOBS_HISTORY_LIMIT',
  ),
  failedJobsHistoryLimit: setting(
    'failed scheduled jobs that are kept; default: 3',
    'K8S_FAILED_JOBS_HISTORY_LIMIT',
  ),
  nodeSelector: setting('labels that a node must have, a=b,c=d', 'K8S_NODE_SELECTOR'),
  tolerations: setting('taints that are tolerated, as a JSON or YAML list', 'K8S_TOLERATIONS'),
  podAnnotations: setting('annotations of every pod, a=b,c=d', 'K8S_POD_ANNOTATIONS'),
  extraEnvVars: setting('variables of every pod, NAME:value,NAME:value or a list', 'K8S_EXTRA_ENV_VARS').meta(
    {
      secret: true,
    },
  ),
  runAsUser: setting('user of their processes; default: 1000', 'K8S_RUN_AS_USER'),
  runAsGroup: setting('group of their processes; default: 1000', 'K8S_RUN_AS_GROUP'),
  fsGroup: setting('group of their volumes; default: 1000', 'K8S_FS_GROUP'),
  runAsNonRoot: setting('true (default): root is refused', 'K8S_RUN_AS_NON_ROOT'),
  seccompProfileType: setting('RuntimeDefault, Localhost or Unconfined', 'K8S_SECCOMP_PROFILE_TYPE'),
  seccompLocalhostProfile: setting('file of the profile Localhost', 'K8S_SECCOMP_LOCALHOST_PROFILE'),
  useOMJobOperator: setting(
    'true (default): OMJobs, whose exit handler always runs; false: plain Jobs with a preStop hook',
    'USE_OMJOB_OPERATOR',
  ),
  hostIp: setting('what is said to be their address; default: the pod that answers', 'K8S_HOST_IP'),
};

/** The settings of pipelines that variables of OpenMetadata's client say, as they stand there; an empty one counts as not set. */
export function pipelineVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(pipelineFields).flatMap(([key, field]) => {
    const names = field.meta()?.['variables'] as readonly string[];
    const text = names.map((name) => env[name]).find((value) => value);
    return text ? [[key, text] as const] : [];
  });
  return Object.fromEntries(set);
}
