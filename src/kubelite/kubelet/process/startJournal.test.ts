import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openJournal } from './startJournal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (pod: string, number: number) => ({ pod, container: 'main', number, run: `${number}-0` });

describe('openJournal', () => {
  it('remembers starts of pods that are still there, and no torn line', async () => {
    const path = join(folder, 'starts');
    const first = await openJournal(path, () => true);
    await Promise.all([first.add(entry('a', 0)), first.add(entry('b', 0)), first.add(entry('a', 1))]);
    await first.close();
    appendFileSync(path, '{"pod":"a","contai');
    const second = await openJournal(path, (pod) => pod === 'a');
    expect(second.of('a')).toEqual([entry('a', 0), entry('a', 1)]);
    expect(second.of('b')).toEqual([]);
    await second.close();
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  });
});
