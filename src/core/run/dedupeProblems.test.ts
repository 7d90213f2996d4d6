import { describe, expect, it } from 'vitest';
import { dedupeProblems } from './dedupeProblems.ts';
import type { RunSpec } from './run.ts';

const subject = { kind: 'connection', id: 'a' };
const fields = (spec: Partial<RunSpec>) => dedupeProblems({ main: {}, ...spec }).map(({ field }) => field);

describe('dedupeProblems', () => {
  it.each<Partial<RunSpec>>([
    {},
    { dedupe: {} },
    { dedupe: { whenActive: 'Queue' } },
    { dedupe: { whenActive: 'Allow', afterFailureSeconds: 0 } },
    { dedupe: { key: 'k', whenActive: 'Join' } },
    { subject, dedupe: { whenActive: 'Replace', afterFailureSeconds: 60 } },
  ])('takes %j', (spec) => {
    expect(fields(spec)).toEqual([]);
  });

  it.each<[Partial<RunSpec>, string]>([
    [{ dedupe: { whenActive: 'Join' } }, 'spec.dedupe'],
    [{ dedupe: { afterFailureSeconds: 60 } }, 'spec.dedupe'],
    [
      { subject, dedupe: { whenActive: 'Allow', afterFailureSeconds: 60 } },
      'spec.dedupe.afterFailureSeconds',
    ],
  ])('refuses %j, which promises what would not happen', (spec, field) => {
    expect(fields(spec)).toEqual([field]);
  });
});
