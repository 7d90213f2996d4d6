import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readUpState, removeUpState, type UpState, writeUpState } from './upState.ts';

const state: UpState = {
  version: '1.2.3',
  pid: 17,
  process: 'a',
  url: 'http://127.0.0.1:1',
  healthUrl: 'http://127.0.0.1:2',
  kubernetesUrl: 'https://127.0.0.1:3',
  token: 't0ken',
};
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-up-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('readUpState', () => {
  it('reads what was written, and nothing once it is removed', async () => {
    await writeUpState(folder, state);
    expect(await readUpState(folder)).toEqual(state);
    await removeUpState(folder);
    expect(await readUpState(folder)).toBeUndefined();
  });

  it('reads what an older version wrote', async () => {
    const { process: _, ...older } = state;
    await writeFile(join(folder, 'up.json'), JSON.stringify(older));
    expect(await readUpState(folder)).toEqual(older);
  });

  it.each([
    ['is half', '{"version":'],
    ['is null', 'null'],
    ['lacks the token', JSON.stringify({ ...state, token: undefined })],
    ['has text for the process', JSON.stringify({ ...state, pid: '17' })],
    ['has a number for the identity', JSON.stringify({ ...state, process: 17 })],
  ])('knows of no up when the file %s', async (_what, text) => {
    await writeFile(join(folder, 'up.json'), text);
    expect(await readUpState(folder)).toBeUndefined();
  });
});
