import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../core/run/run.ts';
import { initialStatus } from '../../core/run/status.ts';
import { aRun } from '../../core/testing/aRun.ts';
import { at } from '../../core/testing/fixedClock.ts';
import { timelineRows } from './timelineRows.ts';

function texts(change: Partial<RunStatus> | undefined): string[] {
  const run =
    change === undefined
      ? aRun().build()
      : aRun()
          .withStatus({ ...initialStatus(), ...change })
          .build();
  return timelineRows(run).map(({ mark, text }) => `${mark}: ${text}`);
}

const timeline = { acceptedAt: at(0), admittedAt: at(0), scheduledAt: at(1), startedAt: at(2) };
const attempt = { number: 1, podName: 'nightly-m1', podUID: 'u1', node: 'worker-2' };

describe('timelineRows', () => {
  it('says that nobody has accepted the run yet', () => {
    expect(texts(undefined)).toEqual(['waiting: waiting for the operator to accept it']);
  });

  it('says what a pending run waits for, and why', () => {
    const rows = texts({
      phase: 'Pending',
      timeline: { acceptedAt: at(0) },
      reason: 'Unschedulable',
      message: '0/1 nodes',
    });
    expect(rows).toEqual([
      'done: accepted',
      'waiting: waiting for its pod to start (Unschedulable: 0/1 nodes)',
    ]);
  });

  it('tells the whole life of a run that failed and was handled', () => {
    const rows = texts({
      phase: 'Failed',
      timeline: { ...timeline, finishedAt: at(5), exitStartedAt: at(6), exitFinishedAt: at(7) },
      attempts: [attempt],
      main: { outcome: 'Failed', exitCode: 3, reason: 'ExitCode', message: 'exit code 3' },
      exit: { owed: true, attempts: 1, outcome: 'Succeeded', exitCode: 0 },
    });
    expect(rows).toEqual([
      'done: accepted',
      'done: admitted',
      'done: scheduled on worker-2',
      'done: main started',
      'failed: main ended: Failed, ExitCode',
      'done: exit handler started',
      'done: exit handler succeeded',
      'failed: run Failed, ExitCode: exit code 3',
    ]);
  });

  it('says once what outcome and reason have in common', () => {
    const rows = texts({
      phase: 'Cancelled',
      timeline: { finishedAt: at(5) },
      main: { outcome: 'Cancelled', reason: 'Cancelled', message: 'cancelled by ann' },
    });
    expect(rows).toEqual(['failed: main ended: Cancelled', 'failed: run Cancelled: cancelled by ann']);
  });

  it('tells each end of an exit handler that failed and is run again', () => {
    const failedAt = (time: string) =>
      timelineRows(
        aRun()
          .withStatus({
            ...initialStatus(),
            phase: 'Exiting',
            timeline: { exitFinishedAt: time },
            exit: { owed: true, attempts: 1, outcome: 'Failed', exitCode: 1, reason: 'ExitCode' },
          })
          .build(),
      );
    const [first, wait] = failedAt(at(5));
    expect([first?.text, wait?.text]).toEqual([
      'exit handler ended: Failed, ExitCode',
      'the exit handler runs again',
    ]);
    expect(failedAt(at(15))[0]?.key).not.toBe(first?.key);
  });

  const first = { ...attempt, outcome: 'Failed' as const, reason: 'ExitCode' as const, exitCode: 3 };

  it('keeps attempts that went before', () => {
    const second = { number: 2, podName: 'nightly-m2', podUID: 'u2' };
    expect(texts({ phase: 'Running', timeline, attempts: [first, second] })).toEqual([
      'done: accepted',
      'failed: attempt 1 ended: Failed, ExitCode, exit code 3',
      'done: admitted',
      'done: scheduled',
      'done: main started (attempt 2)',
      'waiting: main is running',
    ]);
  });

  it('says which attempt of how many a run waits for, and from when on', () => {
    const run = aRun()
      .withSpec({ retry: { maxAttempts: 3 } })
      .withStatus({
        ...initialStatus(),
        timeline: { acceptedAt: at(0) },
        attempts: [first],
        retryAt: at(30),
        reason: 'ExitCode',
      })
      .build();
    expect(timelineRows(run).map(({ text }) => text)).toEqual([
      'accepted',
      'attempt 1 of 3 ended: Failed, ExitCode, exit code 3',
      'waiting for attempt 2 of 3, which may start at 2026-03-01T12:00:30Z',
    ]);
  });

  it('says what holds a run in its queue, and its place where that is known', () => {
    const conditions = [
      {
        type: 'Admitted',
        status: 'False',
        reason: 'LimitReached',
        message: 'full',
        lastTransitionTime: at(0),
      },
    ];
    const run = aRun()
      .withStatus({ ...initialStatus(), conditions })
      .build();
    expect(timelineRows(run)[0]?.text).toBe('waiting for admission (LimitReached: full)');
    const place = {
      run: 'nightly',
      namespace: 'default',
      phase: 'Queued',
      waits: true,
      queue: 'narrow',
      queueNamespace: null,
      position: 2,
      waiting: 5,
      reason: 'LimitReached',
      message: '1 of 1 runs',
    };
    expect(timelineRows(run, place)[0]?.text).toBe(
      'waiting for admission, 2 of 5 in queue narrow (LimitReached: 1 of 1 runs)',
    );
  });

  it('says in one line why a run was refused', () => {
    expect(texts({ phase: 'Refused', reason: 'SpecInvalid', message: 'spec.queue is …' })).toEqual([
      'failed: run Refused, SpecInvalid: spec.queue is …',
    ]);
  });
});
