import { describe, expect, it } from 'vitest';
import { aRun } from '../testing/aRun.ts';
import { againMetadata, againRefusal, againSpec } from './again.ts';
import type { Phase, Run } from './run.ts';
import { initialStatus } from './status.ts';

function ended(phase: Phase): Run {
  return aRun()
    .withStatus({ ...initialStatus(), phase })
    .build();
}

describe('againRefusal', () => {
  it('lets a run be retried that did not succeed, and resubmitted whenever it has ended', () => {
    const kinds = (verb: 'retry' | 'resubmit') =>
      (['Queued', 'Running', 'Exiting', 'Failed', 'Cancelled', 'Refused', 'Succeeded'] as const).map(
        (phase) => againRefusal(ended(phase), verb)?.kind,
      );
    const running = ['notEnded', 'notEnded', 'notEnded'];
    expect(kinds('retry')).toEqual([...running, undefined, undefined, undefined, 'succeeded']);
    expect(kinds('resubmit')).toEqual([...running, undefined, undefined, undefined, undefined]);
  });
});

describe('againMetadata', () => {
  it('keeps the user’s labels and annotations and names the run that it follows on', () => {
    const run = aRun().build();
    const marked = {
      ...run,
      metadata: {
        ...run.metadata,
        labels: { team: 'data' },
        annotations: {
          'endwell.dev/request-body': 'x',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          note: 'n',
        },
      },
    };
    expect(againMetadata(marked)).toEqual({
      generateName: 'nightly-',
      labels: { team: 'data', 'endwell.dev/retry-of': 'nightly' },
      annotations: { note: 'n' },
    });
  });

  it('does not grow the name with each retry of a retry', () => {
    const run = aRun().named('nightly-0123456789abcdef').build();
    const again = { ...run, metadata: { ...run.metadata, labels: { 'endwell.dev/retry-of': 'nightly' } } };
    expect(againMetadata(again).generateName).toBe('nightly-');
    expect(againMetadata(run).generateName).toBe('nightly-0123456789abcdef-');
  });
});

describe('againSpec', () => {
  const before = aRun()
    .withHandler()
    .cancelledBy('ann')
    .withSpec({ subject: { kind: 'pipeline', id: 'a' }, limits: { runSeconds: 60 } })
    .build();

  it('is the same spec without the cancellation', () => {
    const { cancel: _over, ...same } = before.spec;
    expect(againSpec(before).spec).toEqual(same);
  });

  it('changes containers by name, takes away what is null, and keeps the rest', () => {
    const change = {
      subject: null,
      limits: { startSeconds: 5 },
      main: { spec: { containers: [{ name: 'main', image: 'other:2' }] } },
    };
    const { spec } = againSpec(before, change);
    expect(spec?.subject).toBeUndefined();
    expect(spec?.limits).toEqual({ runSeconds: 60, startSeconds: 5 });
    expect(spec?.main.spec?.containers).toEqual([{ name: 'main', image: 'other:2', command: ['true'] }]);
    expect(spec?.exitHandler).toEqual(before.spec.exitHandler);
    expect(againSpec(before, { exitHandler: null }).spec?.exitHandler).toBeUndefined();
  });

  it.each([
    ['an unknown field', { queu: 'x' }, 'spec.queu'],
    ['a wrong type', { priority: 'high' }, 'spec.priority'],
    ['a pod that is no object', { main: 'x' }, 'spec.main'],
    ['a patch directive', { main: { spec: { $patch: 'replace' } } }, 'spec.main'],
    ['main taken away', { main: null }, 'spec.main'],
  ])('refuses %s by field', (_what, change, field) => {
    expect(againSpec(before, change).problems?.[0]?.field).toBe(field);
  });
});
