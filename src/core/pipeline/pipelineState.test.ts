import { describe, expect, it } from 'vitest';
import { type JobState, jobStateOfJob, jobStateOfRun, pipelineState } from './pipelineState.ts';

const condition = (type: string, status = 'True') => ({ type, status });

describe('pipelineState', () => {
  it.each([
    ['Pending', 'queued'],
    ['Running', 'running'],
    ['Succeeded', 'success'],
    ['Failed', 'failed'],
    ['Unknown', 'queued'],
  ] as [JobState, string][])('%s is %s', (state, word) => {
    expect(pipelineState(state)).toBe(word);
  });
});

describe('jobStateOfRun', () => {
  it('never leaves a run that has ended running', () => {
    for (const phase of ['Failed', 'Cancelled', 'Refused'] as const)
      expect(jobStateOfRun(phase)).toBe('Failed');
    expect(jobStateOfRun('Succeeded')).toBe('Succeeded');
  });

  it('waits for the handler before it tells an end', () => {
    expect(jobStateOfRun('Exiting')).toBe('Running');
  });

  it('is pending while nothing of main has run, and unknown without a status', () => {
    expect(jobStateOfRun('Queued')).toBe('Pending');
    expect(jobStateOfRun('Pending')).toBe('Pending');
    expect(jobStateOfRun(undefined)).toBe('Unknown');
  });
});

describe('jobStateOfJob', () => {
  it.each([
    [undefined, 'Unknown'],
    [{}, 'Pending'],
    [{ active: 1 }, 'Running'],
    [{ failed: 1 }, 'Running'],
    [{ succeeded: 1 }, 'Succeeded'],
    [{ active: 1, failed: 2, conditions: [condition('Failed')] }, 'Failed'],
    [{ active: 1, conditions: [condition('FailureTarget')] }, 'Failed'],
    [{ failed: 2, conditions: [condition('Complete')] }, 'Succeeded'],
    [{ active: 1, conditions: [condition('Failed', 'False')] }, 'Running'],
  ] as const)('%j is %s', (status, state) => {
    expect(jobStateOfJob(status as Parameters<typeof jobStateOfJob>[0])).toBe(state);
  });
});
