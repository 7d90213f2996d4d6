import { describe, expect, it } from 'vitest';
import { sayField } from './fieldProblem.ts';

describe('sayField', () => {
  it.each([
    ['spec.priority', 'must be a number', 'spec.priority must be a number'],
    ['', 'is required: an object', 'the body is required: an object'],
    ['spec.profile', 'there is no profile x', 'spec.profile: there is no profile x'],
    ['metadata.labels', 'Invalid value: "a b"', 'metadata.labels: Invalid value: "a b"'],
    ['spec.x', '"12XX" is not a quantity', 'spec.x: "12XX" is not a quantity'],
  ])('says of %j that it %j as one clause', (field, message, clause) => {
    expect(sayField(field, message)).toBe(clause);
  });
});
