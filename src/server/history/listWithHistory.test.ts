import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor } from '../../contract/cursor.ts';
import type { Run } from '../../core/run/run.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import { RunFeed } from '../cache/runFeed.ts';
import { listWithHistory, readPlace } from './listWithHistory.ts';

function runOf(index: number, second: number, tier: string): Run {
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: {
      name: `r-${index}`,
      namespace: 'etl',
      uid: `uid-${index}`,
      labels: { tier },
      creationTimestamp: new Date(second * 1000).toISOString(),
    },
    spec: { main: {} },
    status: { phase: 'Succeeded', revision: 3, conditions: [], attempts: [], timeline: {} },
  };
}

async function pages(feed: RunFeed, history: MemoryHistory, limit: number, tier: string | undefined) {
  const found: (Run & { source: string })[] = [];
  const matches = (run: Run) => tier === undefined || run.metadata.labels?.['tier'] === tier;
  let place: ReturnType<typeof readPlace> = {};
  for (let count = 0; count < 500 && place !== undefined; count += 1) {
    const query = { namespace: 'etl', phase: undefined, matches, limit, place };
    const { items, nextCursor } = await listWithHistory(feed, history, query);
    expect(items.length).toBeLessThanOrEqual(limit);
    found.push(...items);
    place = nextCursor === null ? undefined : readPlace(decodeCursor(nextCursor) ?? '');
  }
  return found;
}

describe('listWithHistory', () => {
  it('shows every run once, the newest first, with where it comes from, on pages of any size', async () => {
    const wish = fc.record({
      second: fc.integer({ min: 0, max: 8 }),
      where: fc.constantFrom('cluster', 'history', 'both'),
      tier: fc.constantFrom('a', 'b'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(wish, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(undefined, 'a'),
        async (wishes, limit, tier) => {
          const history = new MemoryHistory();
          let tell: (run: Run) => void = () => {};
          const feed = new RunFeed({
            onChange(handler) {
              tell = (object) => void handler({ kind: 'added', key: '', object, initial: true });
              return () => {};
            },
          });
          for (const [index, { second, where, tier: label }] of wishes.entries()) {
            const run = runOf(index, second, label);
            if (where !== 'cluster') await history.record([{ run, at: 0 }]);
            if (where !== 'history') tell(run);
          }
          const found = await pages(feed, history, limit, tier);
          const expected = [...wishes.entries()].filter(([, one]) => tier === undefined || one.tier === tier);
          const source = (where: string) => (where === 'history' ? 'history' : 'cluster');
          expect(found.map(({ metadata, source: from }) => `${metadata.uid} ${from}`).sort()).toEqual(
            expected.map(([index, { where }]) => `uid-${index} ${source(where)}`).sort(),
          );
          const times = found.map(({ metadata }) => metadata.creationTimestamp ?? '');
          expect(times).toEqual(times.toSorted().reverse());
        },
      ),
    );
  });

  it('takes no cursor but its own', () => {
    expect(readPlace('2026-01-01T00:00:00Z etl/a')).toBeUndefined();
    expect(readPlace('{"history":{"createdAt":"x"}}')).toBeUndefined();
  });
});
