import { describe, expect, it } from 'vitest';
import { expand } from './expand.ts';

const value = (name: string) => ({ A: 'one', B: '' })[name];

describe('expand', () => {
  it.each([
    ['$(A) and $(A)', 'one and one'],
    ['[$(B)]', '[]'],
    ['$(NONE)', '$(NONE)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$A ${A} $', '$A ${A} $'],
    ['echo $$', 'echo $'],
  ])('expands %s to %s', (text, expanded) => {
    expect(expand(text, value)).toBe(expanded);
  });
});
