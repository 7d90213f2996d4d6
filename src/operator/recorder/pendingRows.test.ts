import { describe, expect, it } from 'vitest';
import type { StatusRow } from '../../store/types.ts';
import { PendingRows } from './pendingRows.ts';

function row(name: string, revision: number, deletedAt?: number): StatusRow {
  return {
    run: {
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      metadata: { name, uid: name },
      spec: { main: {} },
      status: { phase: 'Running', revision, conditions: [], attempts: [], timeline: {} },
    },
    at: revision,
    ...(deletedAt === undefined ? {} : { deletedAt }),
  };
}

const names = (rows: PendingRows) =>
  rows.first(100).map(({ run }) => `${run.metadata.name}/${run.status?.revision}`);

const FOUR = { rows: 4, bytes: 1e6 };

describe('PendingRows', () => {
  it('gives rows in their order, and keeps those that are not stored yet', () => {
    const rows = new PendingRows();
    for (const revision of [1, 2, 3]) rows.add(row('a', revision));
    rows.drop(rows.first(2));
    expect(names(rows)).toEqual(['a/3']);
    expect(rows.oldestAt).toBe(3);
  });

  it('gives up states between the oldest and the newest of a run first, and loses nothing by that', () => {
    const rows = new PendingRows(FOUR);
    const said = [1, 2, 3, 4, 5].map((revision) => rows.add(row('a', revision)).kind);
    expect(said).toEqual(['none', 'none', 'none', 'none', 'behind']);
    expect(names(rows)).toEqual(['a/5']);
  });

  it('then gives up runs that the cluster still has, and says that it is behind', () => {
    const rows = new PendingRows(FOUR);
    rows.add(row('gone', 1, 1));
    for (const name of ['a', 'b', 'c']) rows.add(row(name, 1));
    expect(rows.add(row('d', 1))).toEqual({ kind: 'behind' });
    expect(names(rows)).toEqual(['gone/1']);
  });

  it('says which runs are lost when too many are gone from the cluster too', () => {
    const rows = new PendingRows(FOUR);
    const said = ['a', 'b', 'c', 'd', 'e'].map((name) => rows.add(row(name, 1, 1)));
    expect(said.at(-1)).toMatchObject({ kind: 'lost', runs: [{ metadata: { name: 'a' } }] });
    expect(names(rows)).toEqual(['b/1', 'c/1', 'd/1', 'e/1']);
  });

  it('holds no more bytes than it may, however few and large the runs are', () => {
    const rows = new PendingRows({ rows: 1_000, bytes: 20_000 });
    const large = (name: string, deletedAt?: number) => {
      const small = row(name, 1, deletedAt);
      const main = { metadata: { annotations: { large: 'x'.repeat(2_000) } } };
      return { ...small, run: { ...small.run, spec: { main } } };
    };
    for (let n = 0; n < 50; n += 1) rows.add(row('many', n));
    const live = Array.from({ length: 12 }, (_, n) => rows.add(large(`live-${n}`)).kind);
    expect(live).toContain('behind');
    const gone = Array.from({ length: 80 }, (_, n) => rows.add(large(`gone-${n}`, 1)).kind);
    expect(gone).toContain('lost');
    expect(rows.size).toBeLessThan(65);
  });
});
