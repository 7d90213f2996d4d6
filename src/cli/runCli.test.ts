import { describe, expect, it } from 'vitest';
import { runCli } from './runCli.ts';
import type { Services } from './services.ts';
import { aContext } from './testing/aContext.ts';

/** Runs a command line whose processes only say what they were started with, and end at once. */
async function run(...argv: string[]) {
  const started: { readonly process: string; readonly values: Readonly<Record<string, unknown>> }[] = [];
  const start =
    (process: string) => async (loaded: { readonly values: Readonly<Record<string, unknown>> }) => {
      started.push({ process, values: loaded.values });
      return { stop: async () => {} };
    };
  const services = { startOperator: start('operator'), startServer: start('server') } as unknown as Services;
  const { context, written } = aContext({ services, interrupted: AbortSignal.abort() });
  return { code: await runCli(context, argv), started, ...written };
}

describe('runCli', () => {
  it.each([
    ['behind its name', ['operator', '--kubeconfig', 'k', '--workers', '3']],
    ['before its name', ['--kubeconfig', 'k', 'operator', '--workers=3']],
    ['with --verbose', ['--verbose', '--kubeconfig=k', 'operator', '--workers', '3', '--verbose']],
  ])('starts a process with its settings %s', async (_, argv) => {
    const { code, started } = await run(...argv);
    expect(code).toBe(0);
    expect(started).toEqual([
      { process: 'operator', values: expect.objectContaining({ kubeconfig: 'k', workers: 3 }) as unknown },
    ]);
  });

  it('does not take the value of a flag for a command', async () => {
    const { started } = await run('--context', 'operator', 'server', '--port', '0');
    expect(started).toEqual([
      { process: 'server', values: expect.objectContaining({ context: 'operator', port: 0 }) as unknown },
    ]);
  });

  it('refuses a global flag that a process has no use for', async () => {
    const { code, started, err } = await run('--data', 'd', 'operator');
    expect({ code, started }).toEqual({ code: 2, started: [] });
    expect(err).toMatch(/no flag is called "--data"/);
  });

  it('prints the settings of a process as its help', async () => {
    for (const argv of [
      ['operator', '--help'],
      ['--verbose', 'operator', '-h'],
    ]) {
      const { code, out, started } = await run(...argv);
      expect({ code, started }).toEqual({ code: 0, started: [] });
      expect(out).toMatch(/--lease-seconds/);
    }
  });
});
