import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { BUILT_IN_PROFILES } from './builtInProfiles.ts';
import { resolveTemplate } from './resolveTemplate.ts';

const image = 'busybox:1';

function resolved(spec: Partial<RunSpec>) {
  const { template, invalid } = resolveTemplate(aRun().withSpec(spec).build());
  if (template === undefined) {
    throw new Error(invalid);
  }
  return template;
}

function refusal(spec: Partial<RunSpec>): string {
  return resolveTemplate(aRun().withSpec(spec).build()).invalid ?? 'not refused';
}

describe('resolveTemplate', () => {
  it('gives a run without a profile the neutral one, with safe defaults', () => {
    const { profile, main, limits, exitHandler } = resolved({});
    expect(profile).toBe('job');
    expect(exitHandler).toBeUndefined();
    expect(limits).toMatchObject({ startSeconds: 900, exitSeconds: 300 });
    expect(limits.runSeconds).toBeUndefined();
    expect(main.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'main', image, securityContext: { capabilities: { drop: ['ALL'] } } }],
    });
  });

  it('sets the profile on the only container, whatever it is called', () => {
    const { main } = resolved({
      profile: 'sync',
      main: { spec: { containers: [{ name: 'worker', image }] } },
    });
    expect(main.spec?.containers).toHaveLength(1);
    expect(main.spec?.containers[0]).toMatchObject({
      name: 'worker',
      resources: { limits: { memory: '2Gi' } },
    });
  });

  it('sets the profile on main alone and keeps the order of the containers', () => {
    const containers = [
      { name: 'proxy', image },
      { name: 'main', image },
    ];
    const { main } = resolved({ profile: 'sync', main: { spec: { containers } } });
    expect(main.spec?.containers.map(({ name, resources }) => [name, resources !== undefined])).toEqual([
      ['proxy', false],
      ['main', true],
    ]);
  });

  it('lets the run win over its profile, field by field', () => {
    const resources = { limits: { memory: '3Gi' } };
    const { main, limits, exitRetry } = resolved({
      profile: 'ingestion',
      main: { spec: { containers: [{ name: 'main', image, resources }] } },
      limits: { runSeconds: 60 },
      exitRetry: { maxAttempts: 1 },
    });
    expect(main.spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi' },
      limits: { cpu: '2', memory: '3Gi' },
    });
    expect(limits).toMatchObject({ runSeconds: 60, startSeconds: 900 });
    expect(exitRetry).toEqual({ maxAttempts: 1, backoffSeconds: 10 });
  });

  it('freezes retries, retention and logs, with the defaults of what nobody set', () => {
    expect(resolved({ retry: { maxAttempts: 3 }, ttlSeconds: { failed: 5 } })).toMatchObject({
      retry: { maxAttempts: 3, backoffSeconds: 10, rules: [], afterUnconfirmedLoss: false },
      ttlSeconds: { succeeded: 3600, failed: 5 },
      logs: 'Tail',
    });
    expect(resolved({}).keepPodSeconds).toBeUndefined();
    expect(resolved({ profile: 'build' }).keepPodSeconds).toEqual({ failed: 0 });
  });

  it('takes silence of an init container as a sign only where its log is followed, or who asks', () => {
    expect(resolved({}).limits.initIdleSeconds).toBeUndefined();
    expect(resolved({ logs: 'Follow' }).limits.initIdleSeconds).toBe(300);
    expect(resolved({ limits: { initIdleSeconds: 7 } }).limits.initIdleSeconds).toBe(7);
  });

  it('lets a limit of the profile stand beside a shorter one of the run', () => {
    expect(resolved({ profile: 'ingestion', limits: { totalSeconds: 60 } }).limits).toMatchObject({
      runSeconds: 7200,
      totalSeconds: 60,
    });
    expect(
      resolved({ retry: { rules: [{ reasons: ['Evicted'], action: 'Fail' }] } }).retry?.rules,
    ).toHaveLength(1);
  });

  describe('of a request that a lower layer set', () => {
    const resourcesOf = (resources: object) =>
      resolved({ profile: 'sync', main: { spec: { containers: [{ name: 'main', image, resources }] } } }).main
        .spec?.containers[0]?.resources;

    it('lowers it to the limit that a higher layer sets', () => {
      expect(resourcesOf({ limits: { memory: '512Mi' } })).toEqual({
        requests: { cpu: '500m', memory: '512Mi' },
        limits: { cpu: '1', memory: '512Mi' },
      });
    });

    it('leaves it where it is within the limit', () => {
      expect(resourcesOf({ limits: { memory: '1Gi' } })?.requests).toEqual({ cpu: '500m', memory: '1Gi' });
    });

    it('never raises a limit of the profile to a request of the run', () => {
      const resources = { requests: { memory: '3Gi' } };
      const main = { spec: { containers: [{ name: 'main', image, resources }] } };
      expect(refusal({ profile: 'sync', main })).toContain('requests.memory is 3Gi, more than limits.memory');
    });
  });

  it('drops no field of the overlay, not even one that is newer than our schemas', () => {
    const spec = {
      containers: [{ name: 'main', image, newer: { a: [1] } }],
      tolerations: [{ key: 'spot' }],
      future: 1,
    };
    const { main } = resolved({ main: { metadata: { labels: { team: 'data' } }, spec } });
    expect(main).toMatchObject({ metadata: { labels: { team: 'data' } }, spec });
  });

  it.each(BUILT_IN_PROFILES)('resolves profile %s', (profile) => {
    expect(
      resolved({ profile, exitHandler: aRun().withHandler().build().spec.exitHandler ?? {} }).exitHandler,
    ).toBeDefined();
  });

  it('gives a build the rights that builders need', () => {
    const { main } = resolved({ profile: 'build' });
    expect(main.spec?.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: true,
      capabilities: { drop: [] },
    });
  });

  it('refuses a name from which no pod name can be made', () => {
    expect(resolveTemplate(aRun().named('x'.repeat(58)).build()).invalid).toContain(
      'metadata.name is 58 characters long, 57 at most',
    );
  });

  const main = (spec: object) => ({ main: { spec } }) as Partial<RunSpec>;
  const container = (fields: object) => main({ containers: [{ name: 'main', image, ...fields }] });
  it.each<[Partial<RunSpec>, string]>([
    [{ profile: 'synk' }, 'spec.profile: there is no profile synk; there are job, spec, check'],
    [main({}), 'spec.main.spec.containers is required'],
    [main({ containers: [] }), 'spec.main.spec.containers is required'],
    [main({ containers: 'busybox' }), 'spec.main.spec.containers must be a list'],
    [
      main({
        containers: [
          { name: 'a', image },
          { name: 'b', image },
        ],
      }),
      'has 2 containers and none of them is named main',
    ],
    [main({ containers: [{ image }] }), 'name'],
    [main({ containers: [{ name: 'main' }] }), 'spec.main.spec.containers[main].image is required'],
    [container({ image: 'Not An Image' }), 'spec.main.spec.containers[main].image: '],
    [container({ command: 'true' }), 'spec.main.spec.containers[0].command must be a list'],
    [container({ env: [{ name: 'A', value: 1 }] }), 'spec.main.spec.containers[0].env[0].value must be text'],
    [
      container({ resources: { requests: { memory: '1Q' } } }),
      'spec.main.spec.containers[main].resources.requests.memory: "1Q" is not a quantity',
    ],
    [
      container({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
      'requests.memory is 2Gi, more than limits.memory, which is 1Gi',
    ],
    [
      main({ containers: [{ name: 'main', image }], restartPolicy: 'OnFailure' }),
      'spec.main.spec.restartPolicy is OnFailure; only Never is allowed',
    ],
    [main({ containers: [{ name: 'main', $patch: 'delete' }] }), '$patch'],
    [
      { main: { metadata: { name: 'x' }, spec: { containers: [{ name: 'main', image }] } } },
      'spec.main.metadata.name can not be set; allowed here: labels, annotations',
    ],
    [{ exitHandler: {} }, 'spec.exitHandler.spec.containers is required'],
    [
      {
        input: { secret: 's' },
        ...container({ volumeMounts: [{ name: 'v', mountPath: '/endwell/input/' }] }),
      },
      'spec.main.spec.containers[main].volumeMounts has /endwell/input, where spec.input is mounted',
    ],
    [
      {
        input: { secret: 's' },
        ...main({
          containers: [{ name: 'main', image }],
          volumes: [{ name: 'endwell-input', emptyDir: {} }],
        }),
      },
      'spec.main.spec.volumes has a volume named endwell-input',
    ],
    [{ input: {} }, 'spec.input must name a configMap or a secret'],
    [{ input: { secret: 'a', configMap: 'b' } }, 'spec.input names a configMap and a secret'],
    [{ input: { secret: 'a', key: '..' } }, 'spec.input.key must not be "."'],
    [
      { logs: 'Follow', limits: { stallSeconds: 61, runSeconds: 60 } },
      'spec.limits.stallSeconds is 61, longer than limits.runSeconds, which is 60: it could never be reached',
    ],
    [{ profile: 'ingestion', logs: 'Follow', limits: { stallSeconds: 7201 } }, 'which is 7200'],
    [{ limits: { stallSeconds: 60 } }, 'spec.limits.stallSeconds needs spec.logs: Follow'],
    [{ limits: { initIdleSeconds: 61, initMaxSeconds: 60 } }, 'longer than limits.initMaxSeconds'],
    [{ limits: { initIdleSeconds: 3601 } }, 'longer than limits.initMaxSeconds, which is 3600'],
    [{ limits: { startSeconds: 61, totalSeconds: 60 } }, 'longer than limits.totalSeconds'],
    [{ limits: { runSeconds: 61, totalSeconds: 60 } }, 'longer than limits.totalSeconds'],
    [
      { retry: { rules: [{ exitCodes: [1], action: 'Retry' }] } },
      'spec.retry.rules[0] retries, and retry.maxAttempts is 1',
    ],
    [
      { retry: { maxAttempts: 2, backoffSeconds: 60, maxBackoffSeconds: 59 } },
      'spec.retry.maxBackoffSeconds is 59, less than retry.backoffSeconds, which is 60',
    ],
    [
      { keepPodSeconds: { succeeded: 3601 } },
      'spec.keepPodSeconds.succeeded is 3601, longer than ttlSeconds.succeeded, which is 3600',
    ],
    [{ limits: { runSeconds: -1 } }, 'spec.limits.runSeconds must be at least 1'],
  ])('refuses %j and names the field', (spec, sentence) => {
    expect(refusal(spec)).toContain(sentence);
  });
});
