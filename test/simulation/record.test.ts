import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRecord, type RecordedRun } from './record.ts';
import type { Answer, Order } from './worker.ts';

const RUN: RecordedRun = { from: 0, to: 40, size: 'small', program: 'abc' };
const ORDER: Order = { from: 20, count: 20, size: 'small' };
const ANSWER: Answer = {
  failures: [{ seed: 21, text: 'seed 21 broke a promise' }],
  mostWrites: 9,
  effects: new Map([['API down', 3]]),
  cpuMs: 4_000,
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'endwell-record-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a run goes on with the answers of before', () => {
  const file = join(folder, 'record');
  openRecord(file, RUN).keep(ORDER, ANSWER);
  expect(openRecord(file, RUN).answers).toEqual([[ORDER, ANSWER]]);
});

test('what was not written to its end is forgotten, and written anew', () => {
  const file = join(folder, 'record');
  openRecord(file, RUN).keep(ORDER, ANSWER);
  appendFileSync(file, '{"order":{"from":0,');
  const again = openRecord(file, RUN);
  again.keep({ ...ORDER, from: 0 }, ANSWER);
  expect(openRecord(file, RUN).answers.map(([order]) => order.from)).toEqual([20, 0]);
});

test('a changed program does not go on in the record of the one before', () => {
  const file = join(folder, 'record');
  openRecord(file, RUN);
  expect(() => openRecord(file, { ...RUN, program: 'changed' })).toThrow('keeps another run');
});
