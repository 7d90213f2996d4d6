import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';

describe('Heap', () => {
  it('gives back what was put in, smallest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap(numbers, (a, b) => a - b);
        const taken: (number | undefined)[] = [];
        while (!heap.isEmpty) taken.push(heap.take());
        expect(taken).toEqual([...numbers].sort((a, b) => a - b));
        expect(heap.take()).toBeUndefined();
      }),
    );
  });
});
