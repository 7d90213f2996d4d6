import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  KubeError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
} from '../errors.ts';
import { answerError, statusObjectError } from './answerError.ts';

const refused = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  answerError('creating pods default/x', {
    status,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('answerError', () => {
  it.each([
    [404, 'NotFound', NotFoundError],
    [409, 'AlreadyExists', AlreadyExistsError],
    [409, 'Conflict', ConflictError],
    [410, 'Gone', GoneError],
    [410, 'Expired', GoneError],
    [403, 'Forbidden', ForbiddenError],
    [500, 'InternalError', ServerError],
    [405, 'MethodNotAllowed', KubeError],
  ])('gives %i %s its class', (status, reason, type) => {
    const error = refused(status, { kind: 'Status', reason, message: 'said', code: status });
    expect(error.constructor).toBe(type);
    expect(error.message).toBe(`creating pods default/x: said (${status} ${reason})`);
  });

  it('lists the fields of a refused object', () => {
    const error = refused(422, {
      reason: 'Invalid',
      message: 'bad',
      details: {
        name: 'x',
        kind: 'Pod',
        causes: [
          { field: 'spec.containers[0].image', message: 'Required value', reason: 'FieldValueRequired' },
        ],
      },
    });
    expect(error).toBeInstanceOf(InvalidError);
    expect(error.causes).toEqual([
      { field: 'spec.containers[0].image', message: 'Required value', reason: 'FieldValueRequired' },
    ]);
    expect(error.details).toEqual({ name: 'x', kind: 'Pod' });
  });

  it("takes Retry-After as seconds, as a date by the sender's clock, or from the Status", () => {
    expect(refused(429, '', { 'retry-after': '7' })).toBeInstanceOf(TooManyRequestsError);
    expect(refused(429, '', { 'retry-after': '7' }).retryAfterMs).toBe(7000);
    const date = { date: 'Sat, 21 Nov 2026 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 10:00:03 GMT' };
    expect(refused(503, '', date).retryAfterMs).toBe(3000);
    expect(refused(429, { details: { retryAfterSeconds: 2 } }).retryAfterMs).toBe(2000);
    expect(refused(429, '', { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined();
  });

  it('says what a proxy said, in one line and without markup', () => {
    const error = refused(502, '<html><style>b{}</style><h1>Bad\n Gateway</h1>\u0000</html>');
    expect(error.message).toBe('creating pods default/x: Bad Gateway (502)');
  });

  it('makes one short line of any body', () => {
    const anyBody = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ message: fc.anything(), details: fc.anything() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), anyBody, (status, body) => {
        const error = refused(status, typeof body === 'string' ? body : safeJson(body));
        expect(error).toBeInstanceOf(KubeError);
        expect(error.message.length).toBeLessThan(1300);
        expect(error.causes.every((cause) => typeof cause.field === 'string')).toBe(true);
      }),
    );
  });
});

describe('statusObjectError', () => {
  it('reads the Status of a watch event', () => {
    expect(
      statusObjectError('watching pods', { code: 410, reason: 'Expired', message: 'too old' }),
    ).toBeInstanceOf(GoneError);
  });

  it('is a server error when it is no Status at all', () => {
    expect(statusObjectError('watching pods', ['?'])).toBeInstanceOf(ServerError);
  });
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
