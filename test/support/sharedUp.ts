import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { endwell } from './endwell.ts';
import { eventually } from './eventually.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the `endwell up` is that files share, once one of them has asked for it. */
    sharedUp: string;
  }
}

/** Before a run of vitest: only a place, because most runs need no `up`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'endwell-shared-'));
  project.provide('sharedUp', folder);
  return async () => {
    if (existsSync(claimOf(folder))) await endwell(['down', '--data', dataOf(folder)]);
    await rm(folder, { recursive: true, force: true });
  };
}

/**
 * The data folder of the `up` that all test files share, as they share a real cluster: each works in namespaces of its own.
 * Who asks first starts it.
 */
export async function sharedUp(folder: string): Promise<string> {
  const data = dataOf(folder);
  const isOurs = await mkdir(claimOf(folder)).then(
    () => true,
    () => false,
  );
  const ready = join(folder, 'ready');
  if (isOurs) {
    await endwell(['up', '--data', data, '--port', '0', '--detach']);
    await writeFile(ready, '');
  }
  await eventually(() => existsSync(ready), 'the up that test files share');
  return data;
}

const dataOf = (folder: string) => join(folder, 'data');

const claimOf = (folder: string) => join(folder, 'claimed');
