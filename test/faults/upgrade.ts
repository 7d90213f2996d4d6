import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from '../support/documents.ts';
import type { Row, Setting } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';

const run = promisify(execFile);
/** Until there is a version with a tag: the last commit before faults on a real cluster were first lived through. */
const BEFORE_THE_FIRST = '735347a';
/** Time for each new one to come up, as a rolling update gives it. */
const EACH_MS = 4_000;

/**
 * Builds the version before this one in a folder and gives the path of its endwell.js: of ENDWELL_VERSION_BEFORE (any
 * name of a commit), else of the newest tag v* that is not this commit. Both use the same packages.
 */
export async function buildVersionBefore(folder: string): Promise<string> {
  const commit = process.env['ENDWELL_VERSION_BEFORE'] ?? (await newestTag()) ?? BEFORE_THE_FIRST;
  const place = join(folder, 'before');
  mkdirSync(place, { recursive: true });
  const archive = join(folder, 'before.tar');
  await run('git', ['archive', '--output', archive, commit, 'src', 'tools', 'package.json'], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', place]);
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  await run(process.execPath, [join(place, 'tools', 'build.mjs')], { cwd: place });
  return join(place, 'dist', 'endwell.js');
}

async function newestTag(): Promise<string | undefined> {
  const args = ['describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD~1'];
  const { stdout } = await run('git', args, { cwd: ROOT }).catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}

/** Operators begin as the version before. */
export const upgradeFaults: readonly Row<Setting>[] = [
  {
    name: 'upgrade under load',
    does: {
      short: 'three operators of the version before replaced one after the other, during 9 runs',
      full: 'three operators of the version before replaced one after the other, during 60 runs',
    },
    plan: ({ form, operators, program }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 9, 12) : workers(url, 60, 40)),
      async strike(scene) {
        await begun(scene, 1);
        for (const operator of operators.all) {
          await operator.replaceBy(program);
          await delay(EACH_MS);
        }
      },
    }),
  },
];
