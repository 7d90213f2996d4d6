import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/core/run/run.ts';
import { eventually } from './eventually.ts';

/**
 * What the HTTP API of the `up` on a data folder answers to a GET; undefined where that is no success. For a test that waits:
 * a command asked again and again costs a third of a second of a core each time.
 */
export async function askUp(data: string, path: string): Promise<string | undefined> {
  const { url, token } = JSON.parse(readFileSync(join(data, 'up.json'), 'utf8')) as Record<string, string>;
  const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  return answer.ok ? text : undefined;
}

/** A run in namespace default of the `up` on a data folder, once `when` holds for it. */
export function runOfUp(data: string, name: string, when: (run: Run) => boolean, what: string): Promise<Run> {
  let last: string | undefined;
  return eventually(
    async () => {
      last = await askUp(data, `/runs/${name}?namespace=default`);
      if (last === undefined) return undefined;
      const run = JSON.parse(last) as Run;
      return when(run) ? run : undefined;
    },
    () => `run ${name} ${what}; it is ${last}`,
  );
}

/** The run, once its main runs. */
export function runningOfUp(data: string, name: string): Promise<Run> {
  return runOfUp(data, name, ({ status }) => status?.phase === 'Running', 'running');
}
