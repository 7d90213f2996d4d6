import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackDatabase } from './newDatabase.ts';

let folder: string;
let archive: string;
let made: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'endwell-unpack-'));
  mkdirSync(join(folder, 'from', 'base', '1'), { recursive: true });
  archive = join(folder, 'packed.tar.gz');
  made = join(folder, 'made');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Each byte tells where it stands. */
const contents = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 31) % 251));

const write = (name: string, bytes: number) =>
  writeFileSync(join(folder, 'from', name), contents(bytes), { mode: 0o666 });

const packUp = () =>
  execFileSync('tar', ['--format=ustar', '-czf', archive, '-C', join(folder, 'from'), 'base']);

const unpack = (signal = new AbortController().signal) => unpackDatabase(archive, made, signal);

describe('unpackDatabase', () => {
  it('makes the files as they were packed, whatever their size, for their owner only', async () => {
    const sizes = [0, 1, 511, 512, 513, 262_144, 700_001];
    for (const size of sizes) write(`base/1/${size}`, size);
    packUp();
    await unpack();
    for (const size of sizes) {
      const path = join(made, 'base', '1', String(size));
      expect(readFileSync(path).equals(contents(size)), path).toBe(true);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect([made, join(made, 'base')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it.each([
    ['is cut off', (bytes: number) => truncateSync(archive, Math.floor(bytes / 2))],
    [
      'is damaged',
      (bytes: number) => {
        const packed = readFileSync(archive);
        // Of the checksum, which stands at its end.
        packed.writeUInt8((packed.readUInt8(bytes - 6) + 1) % 256, bytes - 6);
        writeFileSync(archive, packed);
      },
    ],
  ])('refuses an archive that %s', async (_what, harm) => {
    write('base/1/a', 100_000);
    packUp();
    harm(statSync(archive).size);
    await expect(unpack()).rejects.toThrow(/unexpected end of file|incorrect data check/);
  });

  it('refuses what is neither file nor folder', async () => {
    symlinkSync('/etc', join(folder, 'from', 'base', 'link'));
    packUp();
    await expect(unpack()).rejects.toThrow('unpacking a new database: base/link is neither file nor folder');
  });

  it('refuses a folder that is there, and leaves it as it is', async () => {
    packUp();
    mkdirSync(made);
    await expect(unpack()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(existsSync(join(made, 'base'))).toBe(false);
  });

  it('ends as soon as its signal is aborted', async () => {
    write('base/1/a', 700_001);
    packUp();
    await expect(unpack(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(join(made, 'base', '1', 'a'))).toBe(false);
  });
});
