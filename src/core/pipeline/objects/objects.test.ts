import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { PipelineSubject } from '../../naming/pipelineLabels.ts';
import { type OMJobPod, omJobSpecSchema } from '../../omjob/omJob.ts';
import { readPipelineSettings } from '../pipelineSettings.ts';
import {
  configMap,
  configurationProblem,
  MAX_CONFIG_BYTES,
  runSecret,
  secretRevision,
} from './configuration.ts';
import { cronOMJob, omJob } from './guaranteed.ts';
import { cronJob, job } from './native.ts';
import type { PipelineTiming } from './timing.ts';

const settings = readPipelineSettings({
  namespace: 'data',
  ingestionImage: 'registry/ingestion:1',
  imagePullPolicy: 'Always',
  imagePullSecrets: 'one,two',
  serviceAccountName: 'runner',
  nodeSelector: 'disk=ssd',
  tolerations: [{ key: 'gpu', operator: 'Exists' }],
  podAnnotations: 'team=data',
  extraEnvVars: ['LOG_LEVEL:DEBUG', 'config:mine'],
  runAsUser: 2000,
  seccompProfileType: 'RuntimeDefault',
});
const run = {
  kind: 'now',
  runId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
  jobName: 'om-job-nightly-1-a1b2c3d4',
} as const;
const timing: PipelineTiming = { schedule: '0 0 * * *', timeZone: 'UTC', suspend: false };
const SUBJECTS: PipelineSubject[] = [
  { kind: 'pipeline', fqn: 'mysql.nightly', pipelineType: 'metadata' },
  { kind: 'automation', fqn: 'test-connection' },
  { kind: 'application', fqn: 'AutoTag' },
];
const [pipeline] = SUBJECTS as [PipelineSubject];
const work = (subject: PipelineSubject) => ({ subject, configSecret: 'om-secret-x' });

/** A pod of either engine in one form. */
interface Built {
  readonly name: string;
  readonly pod: Partial<PodSpec>;
  readonly container: Partial<Container>;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

function flat(name: string, built: OMJobPod | undefined): Built {
  return {
    name,
    pod: built ?? {},
    container: built ?? {},
    annotations: built?.annotations,
    labels: built?.labels,
  };
}

function podsOf(subject: PipelineSubject): Built[] {
  const { spec } = omJob(work(subject), run, settings);
  const scheduled = cronOMJob(work(subject), timing, settings).spec.omJobSpec;
  const templates = {
    'native job': job(work(subject), run, settings).spec?.template,
    'native schedule': cronJob(work(subject), timing, settings).spec?.jobTemplate.spec?.template,
  };
  return [
    flat('main', spec.mainPodSpec),
    flat('exit', spec.exitHandlerSpec),
    flat('scheduled main', scheduled.mainPodSpec),
    flat('scheduled exit', scheduled.exitHandlerSpec),
    ...Object.entries(templates).map(([name, template]) => ({
      name,
      pod: template?.spec ?? {},
      container: template?.spec?.containers[0] ?? {},
      annotations: template?.metadata?.annotations,
      labels: template?.metadata?.labels,
    })),
  ];
}

const EVERY_POD = SUBJECTS.flatMap((subject) =>
  podsOf(subject).map((built) => [`${subject.kind}: ${built.name}`, built] as const),
);

describe('every pod of pipelines', () => {
  it.each(EVERY_POD)(
    'has every knob of the installation (%s)',
    (_name, { pod, container, annotations, labels }) => {
      expect(pod).toMatchObject({
        imagePullSecrets: [{ name: 'one' }, { name: 'two' }],
        serviceAccountName: 'runner',
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        securityContext: { runAsUser: 2000, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(container).toMatchObject({ image: 'registry/ingestion:1', imagePullPolicy: 'Always' });
      expect(container.resources?.limits).toBeDefined();
      expect(container.env).toContainEqual({ name: 'LOG_LEVEL', value: 'DEBUG' });
      expect(annotations).toMatchObject({ team: 'data' });
      expect(labels).toMatchObject({ 'app.kubernetes.io/name': 'openmetadata' });
    },
  );

  it.each(EVERY_POD)(
    'reads its configuration from a Secret, and no name stands twice (%s)',
    (_name, { container }) => {
      const names = container.env?.map(({ name }) => name) ?? [];
      expect(new Set(names).size).toBe(names.length);
      expect(container.env?.find(({ name }) => name === 'config')).toEqual({
        name: 'config',
        valueFrom: { secretKeyRef: { name: 'om-secret-x', key: 'config' } },
      });
      expect(names).not.toContain('OPENMETADATA_SERVER_URL');
      expect(names).toEqual(expect.arrayContaining(['jobName', 'namespace']));
    },
  );
});

describe('omJob', () => {
  it('is a manifest that the schema of OMJob takes, for each subject', () => {
    for (const subject of SUBJECTS) {
      expect(omJobSpecSchema.safeParse(omJob(work(subject), run, settings).spec).error).toBeUndefined();
    }
  });

  it('runs the ingestion, and its handler with little', () => {
    const { metadata, spec } = omJob(work(pipeline), run, settings);
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/run-id': run.runId });
    expect(spec.mainPodSpec).toMatchObject({
      command: ['python', 'main.py'],
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
    });
    expect(spec.mainPodSpec.env).toEqual(
      expect.arrayContaining([
        { name: 'pipelineType', value: 'metadata' },
        { name: 'pipelineRunId', value: run.runId },
        { name: 'ingestionPipelineFQN', value: 'mysql.nightly' },
        { name: 'jobName', value: run.jobName },
      ]),
    );
    expect(spec.exitHandlerSpec).toMatchObject({
      command: ['python', 'exit_handler.py'],
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
    });
    expect(spec).toMatchObject({ ttlSecondsAfterFinished: 604_800, activeDeadlineSeconds: 7_200 });
  });

  it.each([
    [SUBJECTS[1], ['python', 'run_automation.py']],
    [SUBJECTS[2], ['python', '-m', 'metadata.applications.runner']],
  ])('runs %j, which reports its end itself', (subject, command) => {
    const { spec } = omJob(work(subject ?? pipeline), run, settings);
    expect(spec.mainPodSpec.command).toEqual(command);
    expect(spec.exitHandlerSpec?.command).toEqual(['sh', '-c', 'exit 0']);
  });
});

describe('cronOMJob', () => {
  it('leaves the run’s own id and name to the operator, in main and handler alike', () => {
    const { metadata, spec } = cronOMJob(work(pipeline), { ...timing, suspend: true }, settings);
    expect(metadata.name).toMatch(/^om-cronomjob-nightly-[0-9a-f]{8}$/);
    expect(spec).toMatchObject({
      suspend: true,
      startingDeadlineSeconds: 0,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
    });
    for (const pod of [spec.omJobSpec.mainPodSpec, spec.omJobSpec.exitHandlerSpec]) {
      expect(pod?.env).toEqual(
        expect.arrayContaining([
          { name: 'pipelineRunId', value: '{{ omjob.uid }}' },
          { name: 'jobName', value: '{{ omjob.name }}' },
        ]),
      );
    }
  });
});

describe('job', () => {
  it('leaves tries, deadline and cleaning up to Kubernetes, as the settings have them', () => {
    expect(job(work(pipeline), run, settings).spec).toMatchObject({
      backoffLimit: 3,
      activeDeadlineSeconds: 7_200,
      ttlSecondsAfterFinished: 604_800,
    });
  });

  it('tells OpenMetadata by a preStop hook when somebody ends its pod, within 60 s', () => {
    const { spec } = job(work(pipeline), run, settings);
    expect(spec?.template.spec).toMatchObject({
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 60,
      containers: [
        {
          name: 'main',
          command: ['python', 'main.py'],
          lifecycle: { preStop: { exec: { command: ['python', 'exit_handler.py'] } } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    });
    expect(spec?.template.spec?.containers[0]?.env).toContainEqual({
      name: 'pipelineStatus',
      value: 'Failed',
    });
  });
});

describe('cronJob', () => {
  it('writes the least deadline that is really served for none, and says so', () => {
    const { metadata, spec } = cronJob(work(pipeline), timing, settings);
    expect(spec).toMatchObject({ startingDeadlineSeconds: 10, concurrencyPolicy: 'Forbid', suspend: false });
    expect(metadata?.annotations?.['endwell.dev/starting-deadline']).toContain('10 s stand for 0 s');
  });

  it('keeps a deadline that is served, and says nothing', () => {
    const { metadata, spec } = cronJob(work(pipeline), timing, { ...settings, startingDeadlineSeconds: 60 });
    expect(spec?.startingDeadlineSeconds).toBe(60);
    expect(metadata?.annotations).not.toHaveProperty(['endwell.dev/starting-deadline']);
  });

  it('names a run by its Job, the same for every attempt', () => {
    const env = cronJob(work(pipeline), timing, settings).spec?.jobTemplate.spec?.template.spec?.containers[0]
      ?.env;
    expect(env).toContainEqual({
      name: 'pipelineRunId',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
    });
  });
});

describe('secretRevision', () => {
  it('is immutable, and another object for another text', () => {
    const one = secretRevision(pipeline, 'data', { text: 'a: 1', security: '{}' });
    expect(one).toMatchObject({ immutable: true, data: { config: 'YTogMQ==', securityConfig: 'e30=' } });
    expect(one.metadata?.name).toMatch(/^om-secret-nightly-[0-9a-f]{8}-[0-9a-f]{10}$/);
    expect(secretRevision(pipeline, 'data', { text: 'a: 1', security: '{}' })).toEqual(one);
    expect(secretRevision(pipeline, 'data', { text: 'a: 2' }).metadata?.name).not.toBe(one.metadata?.name);
  });
});

describe('runSecret', () => {
  it('has the name of its job and the id of its run', () => {
    const { metadata } = runSecret(pipeline, 'data', run, { text: 'a: 1' });
    expect(metadata).toMatchObject({ name: run.jobName, labels: { 'app.kubernetes.io/run-id': run.runId } });
  });
});

describe('configMap', () => {
  it('holds what people read', () => {
    expect(configMap(pipeline, 'data', 'a: <redacted>')).toMatchObject({
      metadata: { namespace: 'data' },
      data: { config: 'a: <redacted>' },
    });
  });
});

describe('configurationProblem', () => {
  it('refuses what no environment variable can hold, with the limit and what to do', () => {
    expect(configurationProblem('a.b', 'x'.repeat(MAX_CONFIG_BYTES))).toBeUndefined();
    expect(configurationProblem('a.b', 'é'.repeat(MAX_CONFIG_BYTES))).toContain('a.b has 262128 bytes');
    expect(configurationProblem('a.b', 'x'.repeat(2 ** 20))).toContain('at most 131064');
  });
});
