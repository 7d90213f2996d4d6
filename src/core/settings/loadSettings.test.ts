import { assert, property, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { describeSettings, loadSettings } from './loadSettings.ts';
import { operatorSettings } from './operator.ts';
import { serverSettings } from './server.ts';
import { SettingsError } from './settingsError.ts';

const schema = z.object({
  leaseSeconds: z.number().int().min(3).default(15),
  watchNamespace: z.array(z.string()).default([]),
  pause: z.boolean().default(false),
  kubeconfig: z
    .string()
    .optional()
    .meta({ variables: ['KUBECONFIG'] }),
  logLevel: z.enum(['info', 'debug']).default('info'),
});

function load(argv: string[], env: Record<string, string> = {}, file = '') {
  return loadSettings(schema, { argv, env, readFile: () => file, parseFile: parse });
}

describe('loadSettings', () => {
  it('gives the defaults when nothing is set, and says so', () => {
    const loaded = load([]);
    expect(loaded.values).toEqual({ leaseSeconds: 15, watchNamespace: [], pause: false, logLevel: 'info' });
    expect(new Set(Object.values(loaded.origins))).toEqual(new Set(['default']));
  });

  it('lets a flag win over a variable, a variable over the file, the file over the default', () => {
    assert(
      property(subarray(['flag', 'variable', 'file'] as const), (set) => {
        const argv = ['--config', 'c.yaml', ...(set.includes('flag') ? ['--lease-seconds', '30'] : [])];
        const env: Record<string, string> = set.includes('variable') ? { ENDWELL_LEASE_SECONDS: '20' } : {};
        const loaded = load(argv, env, set.includes('file') ? 'leaseSeconds: 10' : '');
        const winner = (['flag', 'variable', 'file'] as const).find((source) => set.includes(source));
        const expected = { flag: 30, variable: 20, file: 10 };
        expect(loaded.values.leaseSeconds).toBe(winner ? expected[winner] : 15);
        expect(loaded.origins['leaseSeconds']?.split(' ')[0]).toBe(winner ?? 'default');
      }),
    );
  });

  it('reads repeated flags, comma lists of variables and lists of the file alike', () => {
    expect(load(['--watch-namespace', 'a', '--watch-namespace=b']).values.watchNamespace).toEqual(['a', 'b']);
    expect(load([], { ENDWELL_WATCH_NAMESPACE: 'a, b' }).values.watchNamespace).toEqual(['a', 'b']);
    expect(load([], { ENDWELL_CONFIG: 'c' }, 'watchNamespace: [a, b]').values.watchNamespace).toEqual([
      'a',
      'b',
    ]);
  });

  it('reads switches both ways', () => {
    expect(load(['--pause']).values.pause).toBe(true);
    expect(load(['--no-pause'], { ENDWELL_PAUSE: 'true' }).values.pause).toBe(false);
    expect(load(['--pause=false']).values.pause).toBe(false);
  });

  it('is not misled by the variable that Kubernetes makes for a Service called endwell', () => {
    const { values } = loadSettings(serverSettings, {
      argv: [],
      env: { ENDWELL_PORT: 'tcp://10.96.12.7:80' },
      readFile: () => '',
      parseFile: parse,
    });
    expect(values.port).toBe(8080);
  });

  it('takes the variable of another system, and our own before it', () => {
    expect(load([], { KUBECONFIG: '/theirs' }).values.kubeconfig).toBe('/theirs');
    expect(load([], { KUBECONFIG: '/theirs', ENDWELL_KUBECONFIG: '/ours' }).values.kubeconfig).toBe('/ours');
  });

  it.each([
    [['--lease-second', '3'], {}, '', '--lease-second'],
    [['--lease-seconds', '1'], {}, '', 'flag --lease-seconds (leaseSeconds) must be at least 3'],
    [['--lease-seconds', 'x'], {}, '', 'flag --lease-seconds (leaseSeconds) must be a number'],
    [
      ['--log-level', 'loud', '--lease-seconds', '1'],
      {},
      '',
      'at least 3; flag --log-level (logLevel) must be',
    ],
    [['--lease-seconds'], {}, '', 'needs a value'],
    [[], { ENDWELL_LEASE_SECONDS: 'soon' }, '', 'variable ENDWELL_LEASE_SECONDS'],
    [[], { ENDWELL_PAUSE: 'perhaps' }, '', 'ENDWELL_PAUSE'],
    [['--config', 'c.yaml'], {}, 'leaseSecond: 3', 'leaseSecond'],
    [['--config', 'c.yaml'], {}, 'pause: perhaps', 'file c.yaml'],
    [['--config', 'c.yaml'], {}, '- a', 'mapping'],
    [['--config', 'c.yaml'], {}, 'a: [', 'c.yaml'],
    [['--log-level', 'loud'], {}, '', 'flag --log-level (logLevel) must be one of info, debug'],
  ])('refuses %j %j %j and says where', (argv, env, file, said) => {
    expect(() => load(argv, env, file)).toThrow(SettingsError);
    expect(() => load(argv, env, file)).toThrow(said);
  });
});

describe('loadSettings of the operator', () => {
  it('names the value of a list that is not allowed', () => {
    const argv = ['--watch-namespace', 'a', '--watch-namespace', 'B'];
    const sources = { argv, env: {}, readFile: () => '', parseFile: parse };
    expect(() => loadSettings(operatorSettings, sources)).toThrow(
      'flag --watch-namespace (watchNamespace[1]) must be the name of a namespace',
    );
  });
});

describe('describeSettings', () => {
  it('shows each value with its origin', () => {
    const text = describeSettings(load(['--pause'], { ENDWELL_LEASE_SECONDS: '20' }));
    expect(text).toMatch(/^leaseSeconds: 20 +# variable ENDWELL_LEASE_SECONDS$/m);
    expect(text).toMatch(/^pause: true +# flag --pause$/m);
    expect(text).toMatch(/^kubeconfig: \(not set\) +# default$/m);
  });
});

describe('describeSettings of a database', () => {
  it.each([
    'postgres://ada:s3cr:et@db:5432/endwell',
    'postgres://ada:s3cr/et?#x@db/endwell',
    'postgres://db/endwell?user=ada&password=s3cret&sslmode=require',
  ])('never shows its password: %s', (databaseUrl) => {
    const env = { ENDWELL_DATABASE_URL: databaseUrl };
    const text = describeSettings(
      loadSettings(operatorSettings, { argv: [], env, readFile: () => '', parseFile: parse }),
    );
    expect(text).toContain('databaseUrl: "postgres://');
    expect(text).toContain('endwell');
    expect(text).not.toMatch(/s3cr|et@|et&/);
  });
});

describe('operatorSettings', () => {
  it('gives every setting a flag, a variable and a sentence', () => {
    const loaded = loadSettings(operatorSettings, {
      argv: [],
      env: {},
      readFile: () => '',
      parseFile: parse,
    });
    expect(loaded.values.leaseSeconds).toBe(15);
    for (const type of Object.values(operatorSettings.shape)) expect(type.description).toBeTruthy();
  });

  it('refuses a lease shorter than 3 seconds', () => {
    const sources = { argv: ['--lease-seconds=2'], env: {}, readFile: () => '', parseFile: parse };
    expect(() => loadSettings(operatorSettings, sources)).toThrow('--lease-seconds');
  });
});
