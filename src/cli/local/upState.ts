import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processIdentity } from '../../ports/processIdentity.ts';
import { CliError } from '../cliError.ts';

/** Default data folder of `up`. */
export const DEFAULT_DATA = '.endwell';

const FILE = 'up.json';

/** How to reach the `up` that runs on a data folder. */
export interface UpState {
  /** Of the program that wrote it. */
  readonly version: string;
  readonly pid: number;
  /** Its identity (`processIdentity`); an older version does not write it. */
  readonly process?: string | undefined;
  readonly url: string;
  readonly healthUrl: string;
  readonly kubernetesUrl: string;
  readonly token: string;
}

/** Reads it; undefined when no `up` has written it, or it ended cleanly. The process may be gone all the same. */
export async function readUpState(dataDir: string): Promise<UpState | undefined> {
  const path = join(dataDir, FILE);
  try {
    const state: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isUpState(state) ? state : undefined;
  } catch (cause) {
    if (
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ||
      (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
    ) {
      return undefined;
    }
    if ((cause as NodeJS.ErrnoException).code === 'EACCES') {
      throw new CliError(`reading ${path}: it belongs to another user`, 1, { cause });
    }
    return undefined;
  }
}

/** Checked by hand: to load what checks schemas would cost each call of the command line more than all that it does. */
function isUpState(state: unknown): state is UpState {
  const given = (state ?? {}) as Readonly<Record<keyof UpState, unknown>>;
  const texts = [
    given.version,
    given.url,
    given.healthUrl,
    given.kubernetesUrl,
    given.token,
    given.process ?? '',
  ];
  return Number.isSafeInteger(given.pid) && texts.every((text) => typeof text === 'string');
}

/** Writes it whole or not at all; readable by its owner alone, for it holds the token. */
export async function writeUpState(dataDir: string, state: UpState): Promise<void> {
  await writePrivate(dataDir, FILE, `${JSON.stringify(state, null, 2)}\n`);
}

/** Writes a file of the data folder that only its owner may read, and returns its path. */
export async function writePrivate(dataDir: string, name: string, text: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, name);
  const half = `${path}.${process.pid}.new`;
  try {
    await writeFile(half, text, { mode: 0o600 });
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
  return path;
}

/** Forgets it: nothing runs there any more. */
export async function removeUpState(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/** True while the process that wrote it lives; one that has its number since then is another. */
export function isRunning({ pid, process: name }: UpState): boolean {
  const now = processIdentity(pid);
  return name === undefined ? now !== '' : now === name;
}
