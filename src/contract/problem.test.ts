import { describe, expect, it } from 'vitest';
import { isProblem, problemOf } from './problem.ts';
import { problemSchema } from './problemSchema.ts';

const whole = problemOf('SpecInvalid', 'spec.main is required', {
  problems: [{ field: 'spec.main', message: 'is required' }],
});

describe('isProblem', () => {
  it.each([
    ['a refusal', problemOf('NotFound', 'there is no run a')],
    ['a refusal with fields', whole],
    ['a refusal with all that it may say', { ...whole, retryAt: '2026-01-01T00:00:00Z', run: 'a' }],
    ['an unknown code', { ...whole, code: 'Teapot' }],
    ['a name that every object has', { ...whole, code: 'toString' }],
    ['no text', { ...whole, detail: undefined }],
    ['fields that are no list', { ...whole, problems: 'spec' }],
    ['a field without a message', { ...whole, problems: [{ field: 'spec' }] }],
    ['a list', []],
    ['null', null],
    ['text', 'hello'],
  ])('says of %s what the schema says', (_what, body) => {
    expect(isProblem(body)).toBe(problemSchema.safeParse(body).success);
  });
});
