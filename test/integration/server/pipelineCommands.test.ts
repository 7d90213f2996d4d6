import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endwell } from './cliUnderTest.ts';
import { fakeIngestion } from './fakeIngestion.ts';
import { useServer } from './serverUnderTest.ts';

const ingestion = fakeIngestion();
const server = useServer('with operator', { ...ingestion.settings, namespace: 'default' });
const { folder } = ingestion;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command as a person gives it. */
const pipeline = (...argv: string[]) => endwell(server(), ['pipeline', ...argv], folder);

function write(name: string, change: object = {}): string {
  const text = {
    name,
    fullyQualifiedName: `pg.${name}`,
    pipelineType: 'metadata',
    sourceConfig: { config: { type: 'DatabaseMetadata' } },
    openMetadataServerConnection: { hostPort: 'http://om/api', securityConfig: { jwtToken: 't' } },
    ...change,
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(text));
  writeFileSync(
    join(folder, 'service.json'),
    JSON.stringify({ name: 'pg', serviceType: 'Postgres', connection: { config: { type: 'Postgres' } } }),
  );
  return `${name}.json`;
}

describe('endwell pipeline', () => {
  it('deploys, runs, shows, reads the log of and deletes a pipeline', async () => {
    const deployed = await pipeline('deploy', '-f', write('daily'), '--service', 'service.json');
    expect(deployed).toEqual({ code: 0, out: 'Pipeline deployed successfully to Kubernetes\n', err: '' });
    const ran = await pipeline('run', 'pg.daily');
    const [, runId = ''] = /: run (\S+), job om-job-daily-\S+\n$/.exec(ran.out) ?? [];
    expect([ran.code, runId], ran.err).toEqual([0, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    const log = `main.py metadata pg.daily ${runId}\n`;
    const followed = await pipeline('logs', 'pg.daily', '--follow');
    expect(followed, 'it begins before the run and ends with it').toEqual({ code: 0, out: log, err: '' });
    expect((await pipeline('status', 'pg.daily')).out).toContain('success');
    const listed = await pipeline('status', 'pg.daily', '-o', 'name');
    expect(listed.out).toBe(`${runId}\n`);
    expect((await pipeline('logs', 'pg.daily', '--run', runId)).out).toBe(log);
    expect((await pipeline('logs', 'pg.daily', '--run', runId, '-f')).out).toBe(log);
    const toggled = await pipeline('toggle', 'pg.daily', 'off');
    expect(toggled.out).toBe('Pipeline toggle updated (on-demand pipeline)\n');
    expect((await pipeline('kill', 'pg.daily')).out).toBe('Killed 0 running job(s) for pipeline daily\n');
    const deleted = await pipeline('delete', 'pg.daily', '-o', 'json');
    expect(JSON.parse(deleted.out)).toMatchObject({ code: 200, platform: 'Kubernetes' });
  });

  it('goes back to the configuration before', async () => {
    await pipeline('deploy', '-f', write('nightly'), '--service', 'service.json');
    const only = await pipeline('deploy', 'pg.nightly', '--rollback');
    expect([only.code, only.err]).toEqual([1, expect.stringContaining('no revision before the one in use')]);
    await pipeline('deploy', '-f', write('nightly', { loggerLevel: 'DEBUG' }), '--service', 'service.json');
    expect((await pipeline('deploy', 'pg.nightly', '--rollback')).code).toBe(0);
  });

  it('says what a file lacks, and what a command needs', async () => {
    const without = await pipeline('deploy', '-f', write('alone'));
    expect([without.code, without.err]).toEqual([1, expect.stringContaining('needs its service')]);
    expect((await pipeline('deploy')).code).toBe(2);
    expect((await pipeline('toggle', 'pg.alone', 'maybe')).code).toBe(2);
    const missing = await pipeline('run', 'pg.missing');
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('is not deployed')]);
    expect((await pipeline('logs', 'pg.missing')).err).toContain('No pods found for this pipeline');
    const followed = await pipeline('logs', 'pg.missing', '--follow');
    expect([followed.code, followed.err]).toEqual([1, expect.stringContaining('No pods found')]);
  });

  it('tells the address of pipelines and whether they can be run', async () => {
    expect((await pipeline('host')).out).toBe('Kubernetes cluster - namespace: default\n');
    const { code, out } = await pipeline('service-status');
    expect([code, out]).toEqual([0, expect.stringContaining('is available in namespace')]);
    expect((await pipeline('service-status', '-n', 'nowhere')).code).toBe(1);
  });
});
