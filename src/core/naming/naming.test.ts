import { describe, expect, it } from 'vitest';
import { exitPodName, MAX_RUN_NAME, mainPodName, subjectHash } from './naming.ts';

describe('names of pods', () => {
  it('fit a label value for the longest name of a run, whatever the attempt', () => {
    const run = { kind: 'Run', metadata: { name: 'x'.repeat(MAX_RUN_NAME) } } as const;
    expect(mainPodName(run, 9999)).toHaveLength(63);
    expect(exitPodName(run, 9999)).toHaveLength(63);
  });
});

describe('subjectHash', () => {
  it('is the beginning of SHA-256 of kind/id', () => {
    expect(subjectHash({ kind: 'connection', id: '7f3c' })).toBe('ceccfe5b59fe32570ee1');
  });
});
