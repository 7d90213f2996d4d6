import { describe, expect, it } from 'vitest';
import { verdicts } from '../../bench/peers/aims.ts';
import { readRequest } from '../../bench/peers/request.ts';
import type { Results } from '../../bench/peers/results.ts';
import type { Round } from '../../bench/peers/round.ts';
import { tables } from '../../bench/peers/tables.ts';
import { withPart } from '../../bench/referencePage.ts';

function aRound(values: Partial<Round>): Round {
  return {
    system: 'endwell',
    pace: 'burst',
    handler: 'without handler',
    n: 300,
    seconds: 10,
    perSecond: 30,
    completionMs: { p50: 1, p99: 2 },
    admittedPerSecond: 40,
    toHandlerMs: undefined,
    cpu: { endwell: 3, client: 1, others: 0.1 },
    ownCpuMs: 10,
    stackCpuMs: 40,
    others: 0.01,
    sameWorkMs: 500,
    peakRssMiB: 100,
    ...values,
  };
}

function someResults(rounds: Round[]): Results {
  return { rounds, writes: [], kept: [], crds: [], decisionsPerSecond: undefined };
}

describe('the aims', () => {
  const native = aRound({ system: 'native:tuned', perSecond: 40 });
  const main = (results: Results) => verdicts(results).find(({ aim }) => aim.startsWith('main alone'));

  it('are judged by the median of the rounds, as a ratio to native Jobs of the same run', () => {
    const own = [20, 50, 60].map((perSecond) => aRound({ perSecond }));
    expect(main(someResults([native, ...own]))).toMatchObject({ measured: '1.25×', verdict: 'met' });
    expect(main(someResults([native, ...own.slice(0, 1)]))).toMatchObject({ verdict: 'not met' });
  });

  it('are judged as if the machine had been as fast under the one as under the other', () => {
    const slow = aRound({ perSecond: 20, sameWorkMs: 1_000 });
    expect(main(someResults([native, slow]))).toMatchObject({ measured: '1.00×', verdict: 'met' });
  });

  it('leave noisy rounds out where there is a quiet one, and the table marks them with how much it was', () => {
    const results = someResults([native, aRound({ perSecond: 20, others: 0.4 }), aRound({ perSecond: 44 })]);
    expect(main(results)).toMatchObject({ measured: '1.10×', verdict: 'met' });
    expect(tables(results)).toMatch(/\| 40 % +\| noisy/);
  });

  it('are not judged by what was not measured', () => {
    expect(new Set(verdicts(someResults([])).map(({ verdict }) => verdict))).toEqual(
      new Set(['not measured']),
    );
  });
});

describe('readRequest', () => {
  it('takes scenarios and systems in any order, with commas or without', () => {
    const { scenarios, systems } = readRequest(['endwell', 'exit,burst', 'native:tuned']);
    expect(scenarios).toEqual(['burst', 'exit']);
    expect(systems).toEqual(['native:tuned', 'endwell']);
  });

  it.each([
    [['endwel'], 'endwel is no scenario and no system; scenarios: burst, exit'],
    [['--rounds', '0'], 'reading --rounds: 0 is not a whole number above 0'],
    [['--round', '1'], "Unknown option '--round'"],
  ])('refuses %j in one line', (argv, sentence) => {
    expect(() => readRequest(argv)).toThrow(sentence);
  });
});

describe('withPart', () => {
  it('replaces a part of the page and leaves the others as they were', () => {
    const page = withPart(withPart('# Page\n', 'a', 'one'), 'b', 'two');
    expect(withPart(page, 'a', 'three')).toBe(page.replace('one', 'three'));
    expect(page).toContain('# Page\n\n<!-- a: begin -->\none\n<!-- a: end -->\n\n<!-- b: begin -->');
  });
});
