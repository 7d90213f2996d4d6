import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { Run } from '../core/run/run.ts';
import { initialStatus } from '../core/run/status.ts';
import { RunMemory } from './runMemory.ts';

const pod = (uid: string, resourceVersion: string): Pod => ({
  metadata: { name: uid, uid, resourceVersion },
});
const run = (resourceVersion: string): Run => ({
  apiVersion: 'endwell.dev/v1',
  kind: 'Run',
  metadata: { name: 'a', uid: 'r', resourceVersion },
  spec: { main: {} },
});

describe('RunMemory', () => {
  it('prefers what we wrote until the cache is as new, by number and not by text', () => {
    const memory = new RunMemory('r');
    memory.rememberRun(run('100'));
    expect(memory.newestRun(run('99')).metadata.resourceVersion).toBe('100');
    expect(memory.newestRun(run('101')).metadata.resourceVersion).toBe('101');
    expect(memory.newestRun(run('99')).metadata.resourceVersion).toBe('99');
  });

  it('lets the cache win where versions are no numbers', () => {
    const memory = new RunMemory('r');
    memory.rememberRun(run('b'));
    expect(memory.newestRun(run('a')).metadata.resourceVersion).toBe('a');
  });

  it('pauses for a second each time when somebody else keeps writing the status, not for what it first sees or wrote itself', () => {
    const memory = new RunMemory('r');
    const at = (revision: number): Run => ({ ...run('1'), status: { ...initialStatus(), revision } });
    expect(memory.pausedUntil(at(3), 10_000)).toBeUndefined();
    memory.rememberWritten(at(4));
    for (const revision of [4, 5, 6, 7]) expect(memory.pausedUntil(at(revision), 10_000)).toBeUndefined();
    expect(memory.pausedUntil(at(8), 10_000)).toBe(11_000);
    expect(memory.pausedUntil(at(8), 10_999)).toBe(11_000);
    expect(memory.pausedUntil(at(8), 11_000)).toBeUndefined();
    memory.rememberWritten(at(9));
    expect(memory.pausedUntil(at(9), 11_000)).toBeUndefined();
    expect(memory.pausedUntil(at(10), 12_000)).toBe(13_000);
  });

  it('adds pods that the watch has not shown, and gives them up for what it shows', () => {
    const memory = new RunMemory('r');
    memory.rememberPod(pod('p', '5'), 0);
    expect(memory.newestPods([])).toEqual([pod('p', '5')]);
    expect(memory.newestPods([pod('p', '4')])).toEqual([pod('p', '5')]);
    expect(memory.newestPods([pod('p', '6')])).toEqual([pod('p', '6')]);
    expect(memory.newestPods([])).toEqual([]);
  });

  it('never brings back a pod that was seen to go, unless a fresh read found it', () => {
    const memory = new RunMemory('r');
    memory.forgetPod('p');
    memory.rememberPod(pod('p', '5'), 0);
    expect(memory.newestPods([])).toEqual([]);
    memory.confirmPod(pod('p', '6'), 0);
    expect(memory.newestPods([])).toEqual([pod('p', '6')]);
  });

  it('does not show a pod that is gone because a late watch still does', () => {
    const memory = new RunMemory('r');
    const cached = pod('p', '5');
    memory.forgetPod('p');
    expect(memory.newestPods([cached])).toEqual([]);
    memory.confirmPod(cached, 0);
    expect(memory.newestPods([cached])).toEqual([cached]);
  });

  it('names pods that the watch should have shown by now', () => {
    const memory = new RunMemory('r');
    memory.rememberPod(pod('old', '1'), 10);
    memory.rememberPod(pod('shown', '2'), 10);
    memory.rememberPod(pod('new', '3'), 90);
    expect(memory.overduePods([pod('shown', '2')], 50)).toEqual([pod('old', '1')]);
  });
});
