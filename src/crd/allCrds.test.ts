import { describe, expect, it } from 'vitest';
import { allCrds } from './allCrds.ts';

/** Paths of empty maps in a value. */
function emptyMaps(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  if (entries.length === 0 && !Array.isArray(value)) return [path];
  return entries.flatMap(([key, inner]) => emptyMaps(inner, `${path}.${key}`));
}

describe('allCrds', () => {
  it('say nothing that an API server drops, so that what is installed is what is printed', () => {
    // `subresources.status` is empty by its nature, and kept.
    const empty = emptyMaps(allCrds(), 'CRDs');
    expect(empty.filter((path) => !path.endsWith('.subresources.status'))).toEqual([]);
  });
});
