import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImageTable, imageTable } from './images.ts';

let folder: string;
let path: string;
let table: ImageTable;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
  path = join(folder, 'images.json');
  table = imageTable(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = (image: string, more: object = {}) => table.find({ name: 'main', image, ...more });

describe('imageTable', () => {
  it('finds an image by its whole name, then without tag, and notices a change of the file', () => {
    writeFileSync(path, JSON.stringify({ 'team/app': { command: ['a'] }, 'team/app:2': { command: ['b'] } }));
    expect(find('team/app:1')).toEqual({ command: ['a'] });
    expect(find('team/app:2')).toEqual({ command: ['b'] });
    writeFileSync(path, JSON.stringify({ 'team/app': { command: ['changed'] } }));
    expect(find('team/app:2')).toEqual({ command: ['changed'] });
  });

  it('lets a pod with a command use an image that nobody knows', () => {
    expect(find('team/other', { command: ['run'] })).toEqual({});
  });

  it.each([
    ['team/other', {}, 'ErrImagePull', 'has to have an entry for this image'],
    ['team/other', { imagePullPolicy: 'Never' }, 'ErrImageNeverPull', 'pull policy of Never'],
    ['registry.invalid/app', { command: ['run'] }, 'ErrImagePull', 'not found'],
    ['Team/App', { command: ['run'] }, 'InvalidImageName', 'invalid reference format'],
  ])('refuses %s %j with %s', (image, more, reason, message) => {
    expect(() => find(image, more)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it('fails to pull what the table lists as missing, whatever the pod says', () => {
    writeFileSync(path, JSON.stringify({ 'team/gone': { missing: true } }));
    expect(() => find('team/gone', { command: ['run'] })).toThrow('not found');
  });

  it('says which file is broken', () => {
    writeFileSync(path, '[1');
    expect(() => find('team/app')).toThrow(path);
  });
});
