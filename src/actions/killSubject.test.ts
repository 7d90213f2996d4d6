import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { LABEL, subjectHash } from '../core/naming/naming.ts';
import type { Phase, Subject } from '../core/run/run.ts';
import { initialStatus } from '../core/run/status.ts';
import { pods } from '../kube/resources.ts';
import { killSubject, type SubjectKill } from './killSubject.ts';
import { runs } from './resources.ts';
import { containers, putRun, start } from './testing/fixtures.ts';

const subject: Subject = { kind: 'connection', id: '7f3c' };
const CREATED = '2025-12-31T23:00:00Z';
const ofSubject = { [LABEL.subject]: subjectHash(subject) };

function world() {
  const { api, client } = start();
  const run = (name: string, phase: Phase = 'Running', of: Subject | 'none' = subject) =>
    putRun(api, {
      metadata: { namespace: 'default', name, generation: 1, creationTimestamp: CREATED },
      spec: { main: { spec: { containers } }, ...(of === 'none' ? {} : { subject: of }) },
      status: { ...initialStatus(), phase },
    });
  const pod = (name: string, metadata: Pod['metadata'], phase = 'Running') =>
    api.cluster.put(pods, {
      metadata: { namespace: 'default', name, creationTimestamp: CREATED, ...metadata },
      spec: { containers },
      status: { phase },
    });
  const kill = (change: Partial<SubjectKill> = {}) =>
    killSubject(client, {
      namespace: 'default',
      subject,
      by: 'ann',
      asOf: client.serverNow(),
      what: 'runs and foreign pods',
      ...change,
    });
  const names = (objects: readonly { metadata?: { name?: string } }[]) =>
    objects.map(({ metadata }) => metadata?.name ?? '').sort();
  const left = () => names(api.cluster.objects(pods).filter((one) => !one.metadata?.deletionTimestamp));
  return { api, client, run, pod, kill, names, left };
}

const owned = (uid: string) => ({
  labels: { ...ofSubject, [LABEL.runUid]: uid },
  ownerReferences: [{ apiVersion: 'endwell.dev/v1', kind: 'Run', name: 'x', uid }],
});

describe('killSubject', () => {
  it('cancels the live runs of the subject, says by whom, and leaves all others alone', async () => {
    const { api, run, kill, names } = world();
    run('waiting', 'Queued');
    run('running');
    run('over', 'Failed');
    run('other', 'Running', { kind: 'connection', id: '9' });
    run('none', 'Running', 'none');
    expect(names((await kill()).runs)).toEqual(['running', 'waiting']);
    const cancelled = api.cluster.objects(runs).filter(({ spec }) => spec.cancel !== undefined);
    expect(names(cancelled)).toEqual(['running', 'waiting']);
    expect(cancelled[0]?.spec.cancel).toEqual({ by: 'ann', reason: 'SubjectKilled' });
  });

  it('does not concern what was made after the wish', async () => {
    const { run, pod, kill } = world();
    run('new');
    pod('new-pod', { labels: ofSubject });
    expect(await kill({ asOf: Date.parse('2020-01-01T00:00:00Z') })).toEqual({ runs: [], pods: [] });
  });

  it('touches no pod without the wish for foreign ones', async () => {
    const { pod, kill, left } = world();
    pod('stranger', { labels: ofSubject });
    await kill({ what: 'runs' });
    expect(left()).toEqual(['stranger']);
  });

  it('deletes pods of the subject that are no run’s, and none that a run has', async () => {
    const { run, pod, kill, names, left } = world();
    const alive = run('alive').metadata.uid ?? '';
    pod('of-run', owned(alive));
    pod('orphan', owned('11111111-1111-4111-8111-111111111111'));
    pod('by-hand', { labels: ofSubject });
    pod('by-airbyte', { labels: { connection_id: '7f3c' } });
    pod('of-another', { labels: { connection_id: '9' } });
    pod('ended', { labels: ofSubject }, 'Succeeded');
    // A handler that is made while its run is deleted has no owner: whoever sweeps decides on it.
    pod('handler', { labels: { ...ofSubject, [LABEL.runUid]: '22222222-2222-4222-8222-222222222222' } });
    expect(names((await kill()).pods)).toEqual(['by-airbyte', 'by-hand', 'orphan']);
    expect(left()).toEqual(['ended', 'handler', 'of-another', 'of-run']);
  });

  it('takes connection_id for a connection only', async () => {
    const { pod, kill, left } = world();
    pod('by-airbyte', { labels: { connection_id: '7f3c' } });
    await kill({ subject: { kind: 'pipeline', id: '7f3c' } });
    expect(left()).toEqual(['by-airbyte']);
  });

  it('changes nothing when it is asked again', async () => {
    const { api, run, pod, kill } = world();
    run('running');
    pod('by-hand', { labels: ofSubject, finalizers: ['held'] });
    await kill();
    const writes = api.writes.length;
    expect((await kill({ by: 'bob' })).runs).toHaveLength(1);
    expect(api.writes).toHaveLength(writes);
  });
});
