import { describe, expect, it } from 'vitest';
import { aRun } from '../testing/aRun.ts';
import { newerPart, newerWord } from './newer.ts';
import { isTerminal } from './phases.ts';
import type { Phase, RunSpec } from './run.ts';
import { initialStatus } from './status.ts';

/** What a newer version may store. */
const status = (change: object) => ({ ...initialStatus(), ...change });
const spec = (change: object) => change as Partial<RunSpec>;

describe('newerPart', () => {
  it('finds nothing in what this version writes', () => {
    expect(newerPart(aRun().build())).toBeUndefined();
    expect(newerPart(aRun().withStatus(initialStatus()).build())).toBeUndefined();
    expect(
      newerPart(
        aRun()
          .withStatus(status({ format: 1 }))
          .build(),
      ),
    ).toBeUndefined();
  });

  it('takes a further field of a status for one that need not concern us', () => {
    expect(
      newerPart(
        aRun()
          .withStatus(status({ shade: 'blue' }))
          .build(),
      ),
    ).toBeUndefined();
  });

  it('takes a spec that is only invalid for what it is', () => {
    expect(newerPart(aRun().withLimits({ runSeconds: -1 }).build())).toBeUndefined();
  });

  it.each([
    ['a later format of the status', aRun().withStatus(status({ format: 2 })), 'format 2'],
    ['a phase that we do not know', aRun().withStatus(status({ phase: 'Paused' })), '"Paused"'],
    ['a field of the spec that we do not know', aRun().withSpec(spec({ mood: 1 })), 'spec.mood'],
    ['one further down', aRun().withSpec(spec({ limits: { napSeconds: 1 } })), 'spec.limits.napSeconds'],
    ['a policy that we do not know', aRun().withSpec(spec({ logs: 'Half' })), 'spec.logs'],
  ])('names %s', (_what, run, named) => {
    expect(newerPart(run.build())).toContain(named);
  });
});

describe('newerWord', () => {
  const strange = aRun()
    .withSpec(spec({ mood: 1 }))
    .build();
  const of = (run: typeof strange, generation: number) => ({
    ...run,
    metadata: { ...run.metadata, generation },
  });

  it('keeps what was said of a spec for as long as its generation', () => {
    const before = newerWord(of(aRun().build(), 1), undefined);
    expect(newerWord(of(strange, 1), before).why).toBeUndefined();
    expect(newerWord(of(strange, 2), before).why).toContain('spec.mood');
  });

  it('looks at the status of each write', () => {
    const before = newerWord(of(aRun().build(), 1), undefined);
    const run = aRun()
      .withStatus(status({ format: 2 }))
      .build();
    const after = newerWord(of(run, 1), before);
    expect(after.why).toContain('format 2');
    expect(newerWord(of(aRun().build(), 1), after).why).toBeUndefined();
  });
});

describe('isTerminal', () => {
  it('does not take a phase that we do not know for an end', () => {
    expect(isTerminal('Paused' as Phase)).toBe(false);
  });
});
