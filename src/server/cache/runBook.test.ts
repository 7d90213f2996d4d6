import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run/run.ts';
import { RunBook } from './runBook.ts';

function run(name: string, second: number, namespace = 'default'): Run {
  const creationTimestamp = new Date(second * 1000).toISOString();
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { name, namespace, uid: name, creationTimestamp },
    spec: { main: {} },
  };
}

const all = () => true;

/** Every page behind one another, with a change between them. */
function walk(book: RunBook, limit: number, between: (page: number) => void = () => {}): string[] {
  const names: string[] = [];
  let after: string | undefined;
  for (let page = 0; ; page++) {
    const { items, next } = book.page({ namespace: undefined, matches: all, limit, after });
    names.push(...items.map(({ metadata }) => metadata.name ?? ''));
    if (next === undefined) return names;
    after = next;
    between(page);
  }
}

describe('RunBook', () => {
  it('gives every run once, the newest first, whatever the size of a page', () => {
    const seconds = array(integer({ min: 0, max: 5 }), { maxLength: 30 });
    assert(
      property(seconds, integer({ min: 1, max: 7 }), (times, limit) => {
        const book = new RunBook();
        const runs = times.map((second, at) => run(`r${at}`, second));
        for (const one of runs) book.set(one);
        const names = walk(book, limit);
        expect([...names].sort()).toEqual(runs.map(({ metadata }) => metadata.name ?? '').sort());
        const ages = names.map((name) => times[Number(name.slice(1))] ?? 0);
        expect(ages).toEqual([...ages].sort((a, b) => b - a));
      }),
    );
  });

  it('neither repeats nor hides a run that stays while others come and go between two pages', () => {
    const change = record({ second: integer({ min: 0, max: 9 }), isDelete: boolean() });
    assert(
      property(array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const book = new RunBook();
        const staying = Array.from({ length: 10 }, (_, second) => run(`stays${second}`, second));
        const leaving = Array.from({ length: 10 }, (_, second) => run(`leaves${second}`, second));
        for (const one of [...staying, ...leaving]) book.set(one);
        const names = walk(book, 3, (page) => {
          const { second, isDelete } = changes[page % changes.length] ?? { second: 0, isDelete: false };
          if (isDelete) book.delete(leaving[second] ?? run('none', 0));
          else book.set(run(`comes${page}`, second));
        });
        expect(names.filter((name) => name.startsWith('stays'))).toEqual(
          staying.map(({ metadata }) => metadata.name).reverse(),
        );
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('keeps namespaces apart', () => {
    assert(
      property(array(constantFrom('a', 'b'), { maxLength: 20 }), (namespaces) => {
        const book = new RunBook();
        namespaces.forEach((namespace, at) => book.set(run(`r${at}`, at, namespace)));
        const { items } = book.page({ namespace: 'a', matches: all, limit: 100, after: undefined });
        expect(items).toHaveLength(namespaces.filter((namespace) => namespace === 'a').length);
      }),
    );
  });

  it('fills a page with what matches, and says when nothing is left', () => {
    const book = new RunBook();
    for (let at = 0; at < 10; at++) book.set(run(`r${at}`, at));
    const even = (one: Run) => Number(one.metadata.name?.slice(1)) % 2 === 0;
    const first = book.page({ namespace: 'default', matches: even, limit: 3, after: undefined });
    const second = book.page({ namespace: 'default', matches: even, limit: 3, after: first.next });
    expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['r8', 'r6', 'r4']);
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['r2', 'r0']);
    expect(second.next).toBeUndefined();
  });

  it('shows the last state of a run', () => {
    const book = new RunBook();
    book.set(run('r', 1));
    book.set({ ...run('r', 1), spec: { main: {}, profile: 'sync' } });
    const { items } = book.page({ namespace: undefined, matches: all, limit: 10, after: undefined });
    expect(items.map(({ spec }) => spec.profile)).toEqual(['sync']);
  });
});
