import type { PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { podRequests } from './podRequests.ts';

const container = (cpu: string, more: object = {}) => ({
  name: 'c',
  resources: { requests: { cpu } },
  ...more,
});
const cpu = (spec: Partial<PodSpec>) => podRequests({ containers: [], ...spec }).get('cpu');
const side = { restartPolicy: 'Always' };

describe('podRequests', () => {
  it('adds up main containers', () => {
    expect(cpu({ containers: [container('1'), container('500m')] })).toBe(1500);
  });

  it('takes the largest init container when it is more', () => {
    expect(cpu({ initContainers: [container('3'), container('2')], containers: [container('1')] })).toBe(
      3000,
    );
  });

  it('counts a sidecar with the mains, and with the init containers after it', () => {
    expect(cpu({ initContainers: [container('1', side)], containers: [container('1')] })).toBe(2000);
    expect(
      cpu({ initContainers: [container('1', side), container('3')], containers: [container('1')] }),
    ).toBe(4000);
    expect(
      cpu({ initContainers: [container('3'), container('1', side)], containers: [container('1')] }),
    ).toBe(3000);
  });

  it('takes a limit for a request, and adds overhead', () => {
    const limited = { name: 'c', resources: { limits: { cpu: '2' } } };
    expect(cpu({ containers: [limited], overhead: { cpu: '100m' } })).toBe(2100);
  });
});
