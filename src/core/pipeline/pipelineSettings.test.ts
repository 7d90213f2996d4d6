import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { describeSettings, loadSettings } from '../settings/loadSettings.ts';
import { serverSettings } from '../settings/server.ts';
import { SettingsError } from '../settings/settingsError.ts';
import { readPipelineSettings } from './pipelineSettings.ts';

function load(env: Record<string, string>, file = '', argv: string[] = []) {
  const found = file === '' ? argv : ['--config', 'c.yaml', ...argv];
  return loadSettings(serverSettings, { argv: found, env, readFile: () => file, parseFile: parse });
}

describe('readPipelineSettings', () => {
  it('has the defaults of OpenMetadata’s client, no catch-up and the guarantee', () => {
    expect(readPipelineSettings({})).toEqual({
      namespace: 'openmetadata-pipelines',
      ingestionImage: 'docker.getcollate.io/openmetadata/ingestion:latest',
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: [],
      serviceAccountName: 'openmetadata-ingestion',
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      ttlSecondsAfterFinished: 604_800,
      activeDeadlineSeconds: 7_200,
      backoffLimit: 3,
      startingDeadlineSeconds: 0,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      nodeSelector: {},
      tolerations: [],
      podAnnotations: {},
      extraEnvVars: [],
      podSecurityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true },
      engine: 'guaranteed',
      hostIp: undefined,
    });
  });

  it('reads the variables that OpenMetadata’s chart sets', () => {
    const { values } = load({
      K8S_NAMESPACE: 'data',
      K8S_IMAGE_PULL_SECRETS: 'a, b,c',
      K8S_TTL_SECONDS_AFTER_FINISHED: '86400',
      K8S_NODE_SELECTOR: 'workload=data,zone=us-west1-a',
      K8S_POD_ANNOTATIONS: 'prometheus.io/scrape=true',
      K8S_TOLERATIONS: '[{"key":"gpu","operator":"Exists"}]',
      K8S_EXTRA_ENV_VARS: 'A:b,DATABASE_URL:postgres://db:5432/x',
      K8S_LIMITS_CPU: '4',
      K8S_RUN_AS_NON_ROOT: 'false',
      K8S_RUN_AS_USER: '0',
      USE_OMJOB_OPERATOR: 'false',
    });
    expect(readPipelineSettings(values)).toMatchObject({
      namespace: 'data',
      imagePullSecrets: ['a', 'b', 'c'],
      ttlSecondsAfterFinished: 86_400,
      nodeSelector: { workload: 'data', zone: 'us-west1-a' },
      podAnnotations: { 'prometheus.io/scrape': 'true' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      extraEnvVars: [
        { name: 'A', value: 'b' },
        { name: 'DATABASE_URL', value: 'postgres://db:5432/x' },
      ],
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '4', memory: '4Gi' } },
      podSecurityContext: { runAsUser: 0, runAsGroup: 1000, fsGroup: 1000 },
      engine: 'native',
    });
  });

  it('reads the same from a file, where lists and mappings may stand', () => {
    const file = `
      ingestionImage: registry:5000/ingestion:1
      resources: { limits: { cpu: 3, memory: 8Gi } }
      nodeSelector: { disk: ssd }
      tolerations: [{ key: a, value: b, effect: NoSchedule }]
      extraEnvVars: ['A:b:c']
      seccompProfileType: RuntimeDefault`;
    expect(readPipelineSettings(load({}, file).values)).toMatchObject({
      ingestionImage: 'registry:5000/ingestion:1',
      resources: { limits: { cpu: '3', memory: '8Gi' } },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      extraEnvVars: [{ name: 'A', value: 'b:c' }],
      podSecurityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    });
  });

  it.each([
    [{ ingestionImage: ' ' }, 'ingestionImage cannot be blank'],
    [{ namespace: '' }, 'namespace cannot be blank'],
    [{ namespace: 'Bad_' }, "namespace 'Bad_' is invalid - must be lowercase alphanumeric with hyphens"],
    [{ namespace: 'x'.repeat(64) }, 'must be no more than 63 characters'],
    [{ limitsCpu: 'lots' }, 'Invalid resource quantity format: resources.limits.cpu "lots"'],
    [{ resources: { requests: { memory: '1GG' } } }, 'Invalid resource quantity format: '],
    [{ requestsCpu: '3' }, 'resources.requests.cpu 3 is more than resources.limits.cpu 2'],
    [{ ttlSecondsAfterFinished: -1 }, 'ttlSecondsAfterFinished must be non-negative'],
    [{ activeDeadlineSeconds: '0' }, 'activeDeadlineSeconds must be positive'],
    [{ backoffLimit: '-1' }, 'backoffLimit must be non-negative'],
    [
      { startingDeadlineSeconds: -5 },
      'startingDeadlineSeconds must be non-negative (0 = no catch-up, >0 = catch-up window)',
    ],
    [{ failedJobsHistoryLimit: '-2' }, 'failedJobsHistoryLimit must be non-negative'],
    [{ ttlSecondsAfterFinished: 'a week' }, "ttlSecondsAfterFinished 'a week' is not a whole number"],
    [{ backoffLimit: '1.5' }, "backoffLimit '1.5' is not a whole number"],
    [{ runAsNonRoot: 'perhaps' }, "runAsNonRoot 'perhaps' is invalid - must be true or false"],
    [{ runAsUser: 0 }, 'runAsUser is 0 (root), which runAsNonRoot refuses'],
    [{ imagePullPolicy: 'Sometimes' }, "imagePullPolicy 'Sometimes' is invalid - must be one of Always"],
    [{ nodeSelector: 'a=b,c' }, "nodeSelector 'c' is invalid - must be key=value,key=value"],
    [{ podAnnotations: '=b' }, 'podAnnotations'],
    [{ tolerations: 'no json' }, 'tolerations is neither JSON nor a value of the file'],
    [{ tolerations: [{ operator: 'Is' }] }, 'tolerations[0] has an operator'],
    [{ tolerations: [{}, { effect: 'Never' }] }, 'tolerations[1] has an effect'],
    [{ extraEnvVars: ['A:b', 'p4ssword'] }, 'extraEnvVars has an entry that is not NAME:value'],
    [
      { seccompProfileType: 'Strict' },
      "seccompProfileType 'Strict' is invalid - must be one of RuntimeDefault, Localhost, Unconfined",
    ],
    [{ seccompProfileType: 'Localhost' }, 'seccompProfileType Localhost needs seccompLocalhostProfile'],
    [{ seccompLocalhostProfile: 'p.json' }, 'seccompLocalhostProfile needs seccompProfileType Localhost'],
    [{ namespace: { a: 1 } }, 'namespace must be text'],
    [{ resources: { limits: { cpu: [] } } }, 'resources.limits.cpu must be text'],
    [{ resources: 'much' }, 'resources is neither JSON nor a value of the file'],
  ])('refuses %j and names the key', (raw, said) => {
    expect(() => readPipelineSettings(raw)).toThrow(SettingsError);
    expect(() => readPipelineSettings(raw)).toThrow(said);
  });

  it('never repeats what stands in a variable of a pod', () => {
    expect(() => readPipelineSettings({ extraEnvVars: 'p4ssword' })).not.toThrow('p4ssword');
  });

  it('tells all problems at once', () => {
    expect(() => readPipelineSettings({ namespace: '', backoffLimit: -1 })).toThrow(
      'Invalid K8sPipelineClient configuration: namespace cannot be blank; backoffLimit must be non-negative',
    );
  });
});

describe('describeSettings of pipelines', () => {
  it('shows origins, and of variables for pods only that they are set', () => {
    const text = describeSettings(load({ K8S_EXTRA_ENV_VARS: 'A:p4ss', K8S_NAMESPACE: 'data' }));
    expect(text).toMatch(/^namespace: "data" +# variable K8S_NAMESPACE$/m);
    expect(text).toMatch(/^extraEnvVars: \*\*\* +# variable K8S_EXTRA_ENV_VARS$/m);
    expect(text).not.toContain('p4ss');
  });
});
