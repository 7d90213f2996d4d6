import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../../ports/processIdentity.ts';
import { StoreDenied } from '../errors.ts';

/** Name of the file that says which process has the folder open. */
const LOCK_FILE = 'endwell.lock';

/**
 * Makes this process the only one that uses a folder; resolves with what gives it back. Refuses while another process
 * that lives holds it. The file of a process that is dead, or whose number another one has now, is put aside.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE);
  const mine = processIdentity(process.pid);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, mine);
  try {
    await take(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await read(path)) === mine) await rm(path, { force: true });
  };
}

/** A link appears whole or not at all, and never over another. */
async function take(draft: string, path: string): Promise<void> {
  while (!(await isLinked(draft, path))) {
    const held = await read(path);
    if (held === undefined) continue;
    const pid = Number(held.split(' ')[0]);
    if (processIdentity(pid) === held && held !== '')
      throw new StoreDenied(
        `opening history in ${path}: process ${pid} has it open`,
        'Two processes never write one embedded database: end that process, or use another data folder',
      );
    await putAside(path, held);
  }
}

/** Takes a dead process's file away. If another process was quicker and it is its file that was moved, it gets it back. */
async function putAside(path: string, held: string): Promise<void> {
  const aside = `${path}.${process.pid}.old`;
  await rename(path, aside).catch(ignoreAbsence);
  const moved = await read(aside);
  if (moved !== undefined && moved !== held) await isLinked(aside, path);
  await rm(aside, { force: true });
}

async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreAbsence);
}

function ignoreAbsence(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
