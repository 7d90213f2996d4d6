import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Retry, Run } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { brokenByEnd, type Happening, type PLAIN_HAPPENINGS, Story } from '../testing/story.ts';

type Plain = (typeof PLAIN_HAPPENINGS)[number];

const pick = fc.nat(5);
const plain = (...kinds: Plain[]) => fc.constantFrom(...kinds).map((kind): Happening => ({ kind }));
const toPod = <K extends 'start' | 'remove' | 'vanish' | 'evict'>(...kinds: K[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), pick });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: plain('live', 'live', 'settle', 'wake') },
  { weight: 10, arbitrary: plain('step', 'crash', 'stale', 'remember', 'hide') },
  { weight: 2, arbitrary: plain('cancel', 'removeRun', 'refuse', 'allow', 'allow') },
  {
    weight: 1,
    arbitrary: plain('refuseByAdmission', 'refuseByAdmission', 'refuseByAdmission', 'terminateNamespace'),
  },
  { weight: 4, arbitrary: plain('admit', 'admit', 'admit', 'hold', 'muteAdmission') },
  { weight: 4, arbitrary: plain('loseNode', 'returnNodes', 'removeNodes', 'collectLostPods') },
  { weight: 2, arbitrary: plain('useStore', 'storeEvidence', 'storeEvidence', 'progress') },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 4000 }).map((tenths) => tenths / 10),
    }),
  },
  { weight: 6, arbitrary: toPod('start') },
  { weight: 3, arbitrary: toPod('remove', 'vanish', 'evict') },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      pick,
      code: fc.constantFrom(0, 1, 1, 1, 137, 143),
    }),
  },
);

const rules: fc.Arbitrary<Retry['rules']> = fc.constantFrom(
  [],
  [{ action: 'Retry' as const }],
  [{ exitCodes: [1], action: 'Retry' as const }],
  [
    { reasons: ['Evicted'], action: 'Fail' as const },
    { exitCodes: [137, 143], action: 'Retry' as const },
  ],
);

const someRetry = fc.record({
  maxAttempts: fc.integer({ min: 2, max: 4 }),
  backoffSeconds: fc.constantFrom(1, 20),
  rules,
  afterUnconfirmedLoss: fc.boolean(),
});

const limit = fc.integer({ min: 1, max: 300 });
const someRun: fc.Arbitrary<Run> = fc
  .record({
    handler: fc.boolean(),
    held: fc.boolean(),
    limits: fc.record(
      {
        runSeconds: limit,
        nodeLostSeconds: limit,
        queueSeconds: limit,
        totalSeconds: limit.map((s) => s + 300),
      },
      { requiredKeys: [] },
    ),
    retry: fc.option(someRetry),
    ttl: fc.option(fc.record({ succeeded: limit, failed: limit })),
  })
  .map(({ handler, held, limits, retry, ttl }) => {
    const base = (held ? aRun() : aRun().unheld()).withLimits(limits).withSpec({
      ...(retry === null ? {} : { retry }),
      ...(ttl === null ? {} : { ttlSeconds: ttl, keepPodSeconds: { failed: Math.min(10, ttl.failed) } }),
    });
    return (handler ? base.withHandler() : base).build();
  });

/** Plays a story to its rest, and says what it broke. */
function broken(run: Run, story: readonly Happening[], atLast: 'returnNodes' | 'removeNodes') {
  const told = new Story(run);
  for (const what of story) {
    told.tell(what);
  }
  told.comeToRest(atLast);
  return brokenByEnd(told, run);
}

describe('decide, whatever happens in whatever order', () => {
  it('keeps its promises', () => {
    fc.assert(
      fc.property(
        someRun,
        fc.array(happening, { minLength: 5, maxLength: 50, size: 'max' }),
        fc.constantFrom('returnNodes' as const, 'removeNodes' as const),
        (run, story, atLast) => {
          expect(broken(run, story, atLast)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});
