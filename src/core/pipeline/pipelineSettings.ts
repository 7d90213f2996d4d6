import type { EnvVar, PodSecurityContext, Toleration } from 'kubernetes-types/core/v1.d.ts';
import { SettingsError } from '../settings/settingsError.ts';
import {
  checkQuantity,
  isMapping,
  readChoice,
  readJson,
  readNames,
  readNumber,
  readPairs,
  readSwitch,
  readText,
  readTolerations,
  readVariables,
  type SettingReader,
  textOf,
} from './settingValues.ts';

/** CPU and memory of main, as quantities. */
export interface PipelineResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

/** What holds for every pod of pipelines. */
export interface PipelineSettings {
  readonly namespace: string;
  readonly ingestionImage: string;
  /** Version of OpenMetadata that the image is of; undefined: its tag says it. */
  readonly ingestionVersion: string | undefined;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccountName: string;
  readonly resources: PipelineResources;
  readonly ttlSecondsAfterFinished: number;
  readonly activeDeadlineSeconds: number;
  /** Attempts after the first; of the native engine, as an OMJob is tried again after disruptions only. */
  readonly backoffLimit: number;
  /** 0: a missed slot is never made up. */
  readonly startingDeadlineSeconds: number;
  readonly successfulJobsHistoryLimit: number;
  readonly failedJobsHistoryLimit: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly extraEnvVars: readonly EnvVar[];
  readonly podSecurityContext: PodSecurityContext;
  /** `guaranteed`: OMJobs and CronOMJobs; `native`: Jobs and CronJobs. */
  readonly engine: 'guaranteed' | 'native';
  /** What is said to be the address of pipelines; undefined: it is worked out. */
  readonly hostIp: string | undefined;
}

/** What OpenMetadata's client requests for main and limits it to. */
const DEFAULT_RESOURCES: PipelineResources = {
  requests: { cpu: '500m', memory: '1Gi' },
  limits: { cpu: '2', memory: '4Gi' },
};

/** Longest name of a namespace (RFC 1123 label). */
const MAX_NAMESPACE = 63;

const SECCOMP_TYPES = ['RuntimeDefault', 'Localhost', 'Unconfined'] as const;

/**
 * Reads the settings of pipelines from raw values by key. Refuses (`SettingsError`) what can't be used, all of it in one
 * sentence: a value that can't be read never becomes the default.
 */
export function readPipelineSettings(raw: Readonly<Record<string, unknown>>): PipelineSettings {
  const reader: SettingReader = { raw, problems: [] };
  const settings: PipelineSettings = { ...readPlace(reader), ...readLimits(reader), ...readPods(reader) };
  if (reader.problems.length === 0) return settings;
  throw new SettingsError(`Invalid K8sPipelineClient configuration: ${reader.problems.join('; ')}`);
}

function readPlace(reader: SettingReader) {
  const ingestionImage = readText(
    reader,
    'ingestionImage',
    'docker.getcollate.io/openmetadata/ingestion:latest',
  );
  if (ingestionImage === '') reader.problems.push('ingestionImage cannot be blank');
  const hostIp = readText(reader, 'hostIp', '');
  return {
    ingestionImage,
    namespace: readNamespace(reader),
    serviceAccountName: readText(reader, 'serviceAccountName', '') || 'openmetadata-ingestion',
    hostIp: hostIp === '' ? undefined : hostIp,
    ingestionVersion: readText(reader, 'ingestionVersion', '') || undefined,
    engine: readSwitch(reader, 'useOMJobOperator', true) ? ('guaranteed' as const) : ('native' as const),
  };
}

function readNamespace(reader: SettingReader): string {
  const namespace = readText(reader, 'namespace', 'openmetadata-pipelines');
  if (namespace === '') {
    reader.problems.push('namespace cannot be blank');
  } else if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace)) {
    reader.problems.push(`namespace '${namespace}' is invalid - must be lowercase alphanumeric with hyphens`);
  } else if (namespace.length > MAX_NAMESPACE) {
    reader.problems.push(
      `namespace '${namespace}' is invalid - must be no more than ${MAX_NAMESPACE} characters`,
    );
  }
  return namespace;
}

function readLimits(reader: SettingReader) {
  const atLeast0 = (key: string, fallback: number, rule = 'non-negative') =>
    readNumber(reader, key, { fallback, least: 0, rule });
  const resources = readResources(reader);
  return {
    resources,
    ttlSecondsAfterFinished: atLeast0('ttlSecondsAfterFinished', 604_800),
    activeDeadlineSeconds: readNumber(reader, 'activeDeadlineSeconds', {
      fallback: 7_200,
      least: 1,
      rule: 'positive',
    }),
    backoffLimit: atLeast0('backoffLimit', 3),
    startingDeadlineSeconds: atLeast0(
      'startingDeadlineSeconds',
      0,
      'non-negative (0 = no catch-up, >0 = catch-up window)',
    ),
    successfulJobsHistoryLimit: atLeast0('successfulJobsHistoryLimit', 3),
    failedJobsHistoryLimit: atLeast0('failedJobsHistoryLimit', 3),
  };
}

function readPods(reader: SettingReader) {
  return {
    imagePullPolicy: readChoice(
      reader,
      'imagePullPolicy',
      ['Always', 'IfNotPresent', 'Never'],
      'IfNotPresent',
    ),
    imagePullSecrets: readNames(reader, 'imagePullSecrets'),
    nodeSelector: readPairs(reader, 'nodeSelector'),
    tolerations: readTolerations(reader, 'tolerations'),
    podAnnotations: readPairs(reader, 'podAnnotations'),
    extraEnvVars: readVariables(reader, 'extraEnvVars'),
    podSecurityContext: readSecurity(reader),
  };
}

function readSecurity(reader: SettingReader): PodSecurityContext {
  const id = (key: string) => readNumber(reader, key, { fallback: 1_000, least: 0, rule: 'non-negative' });
  const context = { runAsUser: id('runAsUser'), runAsGroup: id('runAsGroup'), fsGroup: id('fsGroup') };
  const runAsNonRoot = readSwitch(reader, 'runAsNonRoot', true);
  if (runAsNonRoot && context.runAsUser === 0)
    reader.problems.push('runAsUser is 0 (root), which runAsNonRoot refuses');
  return { ...context, ...(runAsNonRoot ? { runAsNonRoot } : {}), ...readSeccomp(reader) };
}

/** Left out where nothing is set: then the cluster's own default holds. */
function readSeccomp(reader: SettingReader): Pick<PodSecurityContext, 'seccompProfile'> {
  const localhostProfile = readText(reader, 'seccompLocalhostProfile', '');
  if (readText(reader, 'seccompProfileType', '') === '') {
    if (localhostProfile !== '')
      reader.problems.push('seccompLocalhostProfile needs seccompProfileType Localhost');
    return {};
  }
  const type = readChoice(reader, 'seccompProfileType', SECCOMP_TYPES, 'RuntimeDefault');
  if (type === 'Localhost' && localhostProfile === '')
    reader.problems.push('seccompProfileType Localhost needs seccompLocalhostProfile');
  if (type !== 'Localhost' && localhostProfile !== '')
    reader.problems.push('seccompLocalhostProfile needs seccompProfileType Localhost');
  return { seccompProfile: { type, ...(localhostProfile === '' ? {} : { localhostProfile }) } };
}

function readResources(reader: SettingReader): PipelineResources {
  const value = readJson(reader, 'resources');
  if (value !== undefined && !isMapping(value)) reader.problems.push('resources must be a mapping');
  const given = isMapping(value) ? value : {};
  const requests = readAmounts(reader, given, 'requests');
  const limits = readAmounts(reader, given, 'limits');
  for (const name of ['cpu', 'memory'] as const) {
    const asked = checkQuantity(reader, `resources.requests.${name}`, requests[name]);
    const most = checkQuantity(reader, `resources.limits.${name}`, limits[name]);
    if (asked !== undefined && most !== undefined && asked > most)
      reader.problems.push(
        `resources.requests.${name} ${requests[name]} is more than resources.limits.${name} ${limits[name]}`,
      );
  }
  return { requests, limits };
}

function readAmounts(
  reader: SettingReader,
  given: Readonly<Record<string, unknown>>,
  part: 'requests' | 'limits',
): { cpu: string; memory: string } {
  const inside = isMapping(given[part]) ? given[part] : {};
  const amount = (name: 'cpu' | 'memory', key: string): string =>
    readText(reader, key, '') ||
    textOf(reader, `resources.${part}.${name}`, inside[name], DEFAULT_RESOURCES[part][name]);
  return { cpu: amount('cpu', `${part}Cpu`), memory: amount('memory', `${part}Memory`) };
}
