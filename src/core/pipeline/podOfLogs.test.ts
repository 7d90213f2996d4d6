import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { podOfLogs } from './podOfLogs.ts';

function pod(name: string, created: string | undefined, type?: 'main' | 'exit-handler'): Pod {
  const labels = type && { 'omjob.pipelines.openmetadata.org/pod-type': type };
  return {
    metadata: { name, ...(created && { creationTimestamp: created }), ...(labels && { labels }) },
  };
}

const nameOf = (pods: Pod[]) => podOfLogs(pods)?.metadata?.name;

describe('podOfLogs', () => {
  it('takes an older main pod before a newer side pod', () => {
    const main = pod('main', '2026-01-01T00:00:00Z', 'main');
    expect(nameOf([pod('exit', '2026-01-02T00:00:00Z', 'exit-handler'), main])).toBe('main');
    expect(nameOf([main, pod('side', '2026-01-03T00:00:00Z')])).toBe('main');
  });

  it('takes the newest of equals; one without a time is the oldest', () => {
    const [old, young] = [pod('old', '2026-01-01T00:00:00Z'), pod('young', '2026-01-02T00:00:00Z')];
    expect(nameOf([old, young, pod('unknown', undefined)])).toBe('young');
    expect(nameOf([pod('unknown', undefined), old])).toBe('old');
  });

  it('knows when there is none', () => {
    expect(nameOf([])).toBeUndefined();
  });
});
