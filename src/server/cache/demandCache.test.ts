import { describe, expect, it } from 'vitest';
import { type KubeError, NotFoundError, UnreachableError } from '../../kube/errors.ts';
import { demandCache, fillingProblem } from './demandCache.ts';

const informer = (hasSynced: boolean, problem?: KubeError) => ({
  hasSynced: () => hasSynced,
  problem: () => problem,
});

describe('fillingProblem', () => {
  it('asks for another try while the first list is being read', () => {
    expect(fillingProblem(informer(false))).toMatchObject({
      problem: { code: 'ClusterUnavailable', detail: 'the cache of runs is being filled' },
      retryAfterSeconds: 1,
    });
  });

  it('says what is missing and how to mend it', () => {
    const error = new NotFoundError({ message: 'watching runs: not found', status: 404 });
    expect(fillingProblem(informer(false, error))).toMatchObject({
      problem: { code: 'NotInstalled', detail: expect.stringContaining('endwell crds |') as unknown },
    });
  });

  it('lets a cache answer that was filled and has lost the cluster since', () => {
    const error = new UnreachableError({ message: 'watching runs: ECONNREFUSED', phase: 'connect' });
    expect(fillingProblem(informer(true, error))).toBeUndefined();
    expect(() => demandCache({ cacheProblem: () => undefined })).not.toThrow();
  });
});
