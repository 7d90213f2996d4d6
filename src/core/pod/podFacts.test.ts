import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../decide/decision.ts';
import { aPod } from '../testing/aPod.ts';
import { isLostWithNode } from './podFacts.ts';

const answering: NodeFacts = { exists: true, ready: true, outOfService: false, notReadySince: undefined };
const silent: NodeFacts = { ...answering, ready: false, notReadySince: 0 };

describe('isLostWithNode', () => {
  it.each<[string, NodeFacts | undefined, boolean]>([
    ['a node of which nothing is known', undefined, false],
    ['a node that answers', answering, false],
    ['a node that is merely silent: it may still run the pod', silent, false],
    ['a node that is marked out of service and still answers', { ...answering, outOfService: true }, false],
    ['a silent node that is marked out of service', { ...silent, outOfService: true }, true],
    ['a node that is gone', { ...silent, exists: false }, true],
  ])('%s', (_what, node, lost) => {
    expect(isLostWithNode(aPod().running().build(), node)).toBe(lost);
  });

  it('concerns no pod that was never on a node', () => {
    expect(isLostWithNode(aPod().unbound().build(), { ...silent, exists: false })).toBe(false);
  });
});
