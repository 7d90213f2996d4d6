import { describe, expect, it } from 'vitest';
import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  type KubeError,
  type KubeErrorInit,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnauthorizedError,
  UnreachableError,
} from '../../kube/errors.ts';
import { StoreOpening, StoreRefused, StoreUnavailable } from '../../store/errors.ts';
import { refusalOf } from './refusalOf.ts';

const terminating = { field: '', message: 'is being terminated', reason: 'NamespaceTerminating' };

function error(kind: new (init: KubeErrorInit) => KubeError, more: Partial<KubeErrorInit> = {}): KubeError {
  return new kind({ message: 'creating runs default/x: said the server', ...more });
}

describe('refusalOf', () => {
  it.each([
    ['a missing object', error(NotFoundError, { details: { name: 'x', kind: 'runs' } }), 'NotFound', 404],
    ['a resource that is not served', error(NotFoundError), 'NotInstalled', 503],
    ['a name that is taken', error(AlreadyExistsError), 'AlreadyExists', 409],
    ['a conflict', error(ConflictError), 'Conflict', 409],
    ['a refused object', error(InvalidError), 'SpecInvalid', 422],
    ['a right that the server lacks', error(ForbiddenError), 'ServerForbidden', 503],
    [
      'a terminating namespace',
      error(ForbiddenError, { causes: [terminating] }),
      'NamespaceTerminating',
      409,
    ],
    ['a used-up quota', error(ForbiddenError, { message: 'exceeded quota: runs' }), 'SpecInvalid', 422],
    ['a token of ours that expired', error(UnauthorizedError), 'ClusterUnavailable', 503],
    ['a history that is away', new StoreUnavailable('listing', 'Again'), 'HistoryUnavailable', 503],
    ['a history that is being opened', new StoreOpening('listing', 'Again'), 'HistoryOpening', 503],
    ['a question that no history can answer', new StoreRefused('listing', 'Leave it'), 'BadRequest', 400],
    ['an overloaded cluster', error(TooManyRequestsError), 'TooManyRequests', 429],
    ['a failing cluster', error(ServerError), 'ClusterUnavailable', 503],
    [
      'no cluster',
      new UnreachableError({ message: 'no route', phase: 'connect' }),
      'ClusterUnavailable',
      503,
    ],
  ])('says what %s means to the caller', (_what, thrown, code, status) => {
    expect(refusalOf(thrown)?.problem).toMatchObject({ code, status });
  });

  it('passes on when the cluster wants to be asked again', () => {
    expect(refusalOf(error(TooManyRequestsError, { retryAfterMs: 6_500 }))?.retryAfterSeconds).toBe(7);
  });

  it('names the fields that the cluster refused', () => {
    const cause = { field: 'spec.queue', message: 'too long', reason: 'FieldValueInvalid' };
    expect(refusalOf(error(InvalidError, { causes: [cause] }))?.problem.problems).toEqual([
      { field: 'spec.queue', message: 'too long' },
    ]);
  });

  it('leaves a fault of ours to be one', () => {
    expect(refusalOf(new TypeError('x is undefined'))).toBeUndefined();
  });
});
