import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../types.ts';
import { ageOf, shortDuration } from './age.ts';
import { summarise } from './pods.ts';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2030, 0, 1);

describe('shortDuration', () => {
  it.each([
    [0, '0s'],
    [-1, '0s'],
    [-5, '<invalid>'],
    [119, '119s'],
    [2 * MINUTE, '2m'],
    [3 * MINUTE + 20, '3m20s'],
    [10 * MINUTE + 5, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [5 * HOUR + 7 * MINUTE, '5h7m'],
    [8 * HOUR + 7 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY + 4 * HOUR, '2d4h'],
    [8 * DAY + 4 * HOUR, '8d'],
    [729 * DAY, '729d'],
    [740 * DAY, '2y10d'],
    [3_000 * DAY, '8y'],
  ])('shows %i s as %s', (seconds, text) => {
    expect(shortDuration(seconds * 1_000)).toBe(text);
  });
});

describe('ageOf', () => {
  it('says <unknown> for no time', () => {
    expect([ageOf(undefined, NOW), ageOf('2029-12-31T23:59:00Z', NOW)]).toEqual(['<unknown>', '60s']);
  });
});

describe('summarise', () => {
  const pod = (status: object, spec: object = {}, metadata: object = {}) =>
    ({
      metadata,
      spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
      status,
    }) as unknown as StoredObject;
  const container = (name: string, state: object, more: object = {}) => ({
    name,
    state,
    ready: false,
    restartCount: 0,
    ...more,
  });
  const shown = (object: StoredObject) => Object.values(summarise(object, NOW));

  it('counts what is ready, and shows restarts with the time of the last', () => {
    const running = { running: { startedAt: '' } };
    const ended = { lastState: { terminated: { finishedAt: '2029-12-31T23:58:00Z' } } };
    const statuses = [
      container('a', running, { ready: true, restartCount: 2, ...ended }),
      container('b', running),
    ];
    expect(shown(pod({ phase: 'Running', containerStatuses: statuses }))).toEqual([
      '1/2',
      'Running',
      '2 (2m ago)',
    ]);
  });

  it.each([
    ['a waiting reason', { waiting: { reason: 'CrashLoopBackOff' } }, 'CrashLoopBackOff'],
    ['the reason of an end', { terminated: { exitCode: 1, reason: 'OOMKilled' } }, 'OOMKilled'],
    ['a bare exit code', { terminated: { exitCode: 3 } }, 'ExitCode:3'],
    ['a signal', { terminated: { exitCode: 137, signal: 9 } }, 'Signal:9'],
  ])('shows %s in place of the phase', (_what, state, status) => {
    expect(summarise(pod({ phase: 'Pending', containerStatuses: [container('a', state)] }), NOW).status).toBe(
      status,
    );
  });

  it('shows init containers until they are done, and counts sidecars', () => {
    const spec = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
    const init = (state: object, more: object = {}) => ({
      phase: 'Pending',
      initContainerStatuses: [
        container('i', state),
        container('s', { running: {} }, { started: true, ready: true, ...more }),
      ],
    });
    expect(shown(pod(init({ running: {} }), spec))).toEqual(['0/3', 'Init:0/2', '0']);
    expect(shown(pod(init({ terminated: { exitCode: 2, reason: 'Error' } }), spec))).toEqual([
      '0/3',
      'Init:Error',
      '0',
    ]);
    expect(shown(pod(init({ terminated: { exitCode: 0 } }), spec))).toEqual(['1/3', 'Pending', '0']);
  });

  it('says Terminating of a pod on its way out, but not of one that has ended', () => {
    const going = { deletionTimestamp: '2030-01-01T00:00:30Z' };
    expect(summarise(pod({ phase: 'Running' }, {}, going), NOW).status).toBe('Terminating');
    expect(summarise(pod({ phase: 'Failed' }, {}, going), NOW).status).toBe('Failed');
  });

  it('says SchedulingGated, and Completed as Running while another container runs', () => {
    const gated = {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    };
    expect(summarise(pod(gated), NOW).status).toBe('SchedulingGated');
    const statuses = [
      container('a', { terminated: { exitCode: 0, reason: 'Completed' } }),
      container('b', { running: {} }, { ready: true }),
    ];
    const half = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: statuses,
    };
    expect(shown(pod(half))).toEqual(['1/2', 'Running', '0']);
  });
});
