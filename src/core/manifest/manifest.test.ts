import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { resolveTemplate } from '../profile/resolveTemplate.ts';
import type { Run, RunTemplate } from '../run/run.ts';
import { aRun, RUN_UID } from '../testing/aRun.ts';
import { at } from '../testing/fixedClock.ts';
import { exitPod } from './exitPod.ts';
import { mainPod } from './mainPod.ts';
import { templateOf, templateRevision } from './templateRevision.ts';

function templateFor(run: Run): RunTemplate {
  const { template, invalid } = resolveTemplate(run);
  if (template === undefined) {
    throw new Error(invalid);
  }
  return template;
}

function environment(pod: Pod, container = 0): Record<string, string | undefined> {
  return Object.fromEntries(
    (pod.spec?.containers[container]?.env ?? []).map(({ name, value }) => [name, value]),
  );
}

const subject = { kind: 'connection', id: '7f3c' };

describe('mainPod', () => {
  const forged = { 'endwell.dev/run-uid': 'other', 'endwell.dev/retry-of': 'x', team: 'data' };
  const main = {
    metadata: { labels: forged, annotations: { note: 'n' } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'busybox:1',
          env: [
            { name: 'ENDWELL_RUN', value: 'forged' },
            { name: 'A', value: 'b' },
          ],
        },
        { name: 'proxy', image: 'busybox:1' },
      ],
      schedulingGates: [{ name: 'example.com/other' }],
    },
  };
  const run = aRun().withSpec({ subject, main }).build();
  const pod = mainPod(run, templateFor(run), 2);

  it('is held back by our gate beside those of others, and kept by our finalizer', () => {
    expect(pod.spec?.schedulingGates).toEqual([
      { name: 'example.com/other' },
      { name: 'endwell.dev/recorded' },
    ]);
    expect(pod.metadata?.finalizers).toEqual(['endwell.dev/outcome']);
    expect(pod.spec?.restartPolicy).toBe('Never');
  });

  it('carries our labels whatever the user says, and the user’s own', () => {
    expect(pod.metadata?.labels).toEqual({
      team: 'data',
      'endwell.dev/run-uid': RUN_UID,
      'endwell.dev/run': 'nightly',
      'endwell.dev/stage': 'main',
      'endwell.dev/attempt': '2',
      'endwell.dev/profile': 'job',
      'endwell.dev/subject': 'ceccfe5b59fe32570ee1',
    });
    expect(pod.metadata?.annotations).toEqual({ note: 'n', 'endwell.dev/subject': 'connection/7f3c' });
  });

  it('is owned by its run without holding up the run’s deletion', () => {
    expect(pod.metadata).toMatchObject({ name: 'nightly-m2', namespace: 'team' });
    expect(pod.metadata?.ownerReferences).toMatchObject([
      { uid: RUN_UID, controller: true, blockOwnerDeletion: false },
    ]);
  });

  it('tells the main container, and it alone, which run it is', () => {
    expect(environment(pod)).toEqual({
      A: 'b',
      ENDWELL_RUN: 'nightly',
      ENDWELL_RUN_ID: RUN_UID,
      ENDWELL_NAMESPACE: 'team',
      ENDWELL_ATTEMPT: '2',
    });
    expect(environment(pod, 1)).toEqual({});
  });
});

describe('exitPod', () => {
  const run = aRun()
    .withHandler()
    .withSpec({ subject })
    .withStatus({
      phase: 'Exiting',
      revision: 3,
      conditions: [],
      attempts: [{ number: 1, podName: 'nightly-m1', podUID: 'u', startedAt: at(0), finishedAt: at(9) }],
      main: { outcome: 'Failed', exitCode: 3, reason: 'ExitCode', message: 'm' },
      timeline: {},
    })
    .build();

  it('is neither gated nor held', () => {
    const pod = exitPod(run, templateFor(run), 1);
    expect(pod.metadata?.name).toBe('nightly-x1');
    expect(pod.metadata?.finalizers).toBeUndefined();
    expect(pod.spec?.schedulingGates).toBeUndefined();
  });

  it('is told how main ended', () => {
    expect(environment(exitPod(run, templateFor(run), 2))).toEqual({
      ENDWELL_RUN: 'nightly',
      ENDWELL_RUN_ID: RUN_UID,
      ENDWELL_EXIT_ATTEMPT: '2',
      ENDWELL_NAMESPACE: 'team',
      ENDWELL_SUBJECT: 'connection/7f3c',
      ENDWELL_OUTCOME: 'Failed',
      ENDWELL_REASON: 'ExitCode',
      ENDWELL_EXIT_CODE: '3',
      ENDWELL_STARTED_AT: at(0),
      ENDWELL_FINISHED_AT: at(9),
    });
  });

  it('has no owner while its run is being deleted, so that no cascade takes it along', () => {
    const deleted: Run = { ...run, metadata: { ...run.metadata, deletionTimestamp: at(1) } };
    expect(exitPod(deleted, templateFor(run), 1).metadata?.ownerReferences).toBeUndefined();
    expect(exitPod(run, templateFor(run), 1).metadata?.ownerReferences).toHaveLength(1);
  });
});

describe('templateRevision', () => {
  it('gives back the template, and the same name for the same content in another order', () => {
    const template = templateFor(aRun().withHandler().build());
    const shuffled = Object.fromEntries(Object.entries(template).reverse()) as unknown as RunTemplate;
    const revision = templateRevision(template, 'team');
    expect(templateOf(revision)).toEqual(template);
    expect(templateRevision(shuffled, 'team').metadata?.name).toBe(revision.metadata?.name);
  });

  it('gives another name to other content', () => {
    const name = (run: Run) => templateRevision(templateFor(run), 'team').metadata?.name;
    expect(name(aRun().withLimits({ runSeconds: 1 }).build())).not.toBe(name(aRun().build()));
  });

  it('holds nothing when it is somebody else’s', () => {
    expect(templateOf({ revision: 1, data: { spec: {} } })).toBeUndefined();
  });
});

describe('spec.input', () => {
  const secret = aRun()
    .withHandler()
    .withSpec({ input: { secret: 'source', key: 'config.json' } })
    .build();

  it.each(['main', 'exit'] as const)('is a file in the %s pod, and never part of the pod itself', (stage) => {
    const pod = (stage === 'main' ? mainPod : exitPod)(secret, templateFor(secret), 1);
    const items = [{ key: 'config.json', path: 'config.json' }];
    expect(pod.spec?.volumes).toEqual([{ name: 'endwell-input', secret: { secretName: 'source', items } }]);
    expect(pod.spec?.containers[0]?.volumeMounts).toEqual([
      { name: 'endwell-input', mountPath: '/endwell/input', readOnly: true },
    ]);
    expect(environment(pod)['ENDWELL_INPUT']).toBe('/endwell/input/config.json');
  });

  it('without a key is a folder with all of them', () => {
    const run = aRun()
      .withSpec({ input: { configMap: 'source' } })
      .build();
    const pod = mainPod(run, templateFor(run), 1);
    expect(pod.spec?.volumes).toEqual([{ name: 'endwell-input', configMap: { name: 'source' } }]);
    expect(environment(pod)['ENDWELL_INPUT']).toBe('/endwell/input');
  });

  it('leaves pods of runs without one as they are', () => {
    const run = aRun().build();
    const pod = mainPod(run, templateFor(run), 1);
    expect(environment(pod)).not.toHaveProperty('ENDWELL_INPUT');
    expect(pod.spec?.volumes).toBeUndefined();
  });
});
