import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The Python of the environment that has the plugin: it need not be the first one. */
const folder = (process.env['PATH'] ?? '').split(delimiter).find((one) => existsSync(join(one, 'metadata')));
const python = join(folder ?? '', 'python3');
const FIND = `import importlib.util as u; print(u.find_spec("openmetadata_managed_apis").submodule_search_locations[0])`;
const found = folder === undefined ? undefined : spawnSync(python, ['-c', FIND], { encoding: 'utf8' });
const isInstalled = found?.status === 0;
const unlessAbsent = isInstalled ? '' : ' (skipped: no Python has openmetadata-managed-apis)';

describe.skipIf(!isInstalled)(`the recorded routes of the plugin for Airflow${unlessAbsent}`, () => {
  it('are those of the package that is installed', () => {
    const script = join(import.meta.dirname, 'airflowRoutes.py');
    const read = spawnSync(python, [script, found?.stdout.trim() ?? ''], { encoding: 'utf8' });
    expect(read.status, read.stderr).toBe(0);
    const recorded = readFileSync(
      join(import.meta.dirname, '..', 'fixtures', 'airflow', 'routes.json'),
      'utf8',
    );
    expect(JSON.parse(read.stdout)).toEqual(JSON.parse(recorded));
  });
});
