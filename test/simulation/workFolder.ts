import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../../src/ports/processIdentity.ts';

/** A folder's name says whose it is: the process's number, and when that started, for numbers are given again. */
const OWNED = /^simulation-(\d+)-([^-]+)-/;

/**
 * Makes a folder of this process's own in `cache`, and removes those whose processes have ended without doing so: one that is
 * killed removes nothing.
 */
export async function workFolder(cache: string): Promise<string> {
  await mkdir(cache, { recursive: true });
  for (const name of await readdir(cache)) {
    if (isLeftBehind(name)) await rm(join(cache, name), { recursive: true, force: true });
  }
  return mkdtemp(join(cache, `simulation-${processIdentity(process.pid).replace(' ', '-')}-`));
}

function isLeftBehind(name: string): boolean {
  const [, pid, startedAt] = OWNED.exec(name) ?? [];
  return pid !== undefined && processIdentity(Number(pid)) !== `${pid} ${startedAt}`;
}
