import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CliError } from '../../cliError.ts';
import { readSubmission, type SubmitFlags } from './submission.ts';

const cwd = mkdtempSync(join(tmpdir(), 'endwell-submission-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function read(flags: Partial<SubmitFlags>, command: string[] = [], stdin = '') {
  const world = { cwd, readStdin: async () => stdin };
  return readSubmission(world, { env: [], label: [], ...flags }, command);
}

describe('readSubmission', () => {
  it('makes a run of flags', async () => {
    const flags = {
      image: 'busybox:1',
      profile: 'sync',
      subject: 'connection/7f/3c',
      env: ['A=b=c'],
      label: ['t=x'],
    };
    expect(await read({ ...flags, exitCommand: 'echo bye', runSeconds: '60' }, ['echo', 'hi'])).toEqual({
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      metadata: { generateName: 'sync-', labels: { t: 'x' } },
      spec: {
        profile: 'sync',
        subject: { kind: 'connection', id: '7f/3c' },
        limits: { runSeconds: 60 },
        main: {
          spec: {
            containers: [
              {
                name: 'main',
                image: 'busybox:1',
                command: ['echo', 'hi'],
                env: [{ name: 'A', value: 'b=c' }],
              },
            ],
          },
        },
        exitHandler: {
          spec: {
            containers: [{ name: 'main', image: 'busybox:1', command: ['/bin/sh', '-c', 'echo bye'] }],
          },
        },
      },
    });
  });

  it('reads YAML and JSON from a file and from standard input alike', async () => {
    const run = { metadata: { name: 'x' }, spec: { main: {} } };
    writeFileSync(join(cwd, 'run.yaml'), 'metadata: { name: x }\nspec: { main: {} }\n');
    expect(await read({ file: 'run.yaml' })).toEqual(run);
    expect(await read({ file: '-' }, [], JSON.stringify(run))).toEqual(run);
  });

  it.each([
    ['nothing at all', {}, [], '', '-f FILE'],
    ['no command', { image: 'x' }, [], '', 'command is missing'],
    ['a file and an image', { file: '-', image: 'x' }, [], 'a: 1', 'whole run'],
    ['a file and a command', { file: '-' }, ['true'], 'a: 1', 'whole run'],
    ['a subject without kind', { image: 'x', subject: 'y' }, ['true'], '', 'KIND/ID'],
    ['a variable without value', { image: 'x', env: ['A'] }, ['true'], '', 'NAME=VALUE'],
    ['a limit that is no number', { image: 'x', runSeconds: '1m' }, ['true'], '', 'whole number'],
    ['a file that is not there', { file: 'none.yaml' }, [], '', 'there is no such file'],
    ['broken YAML', { file: '-' }, [], 'a: [', 'standard input'],
    ['two documents', { file: '-' }, [], 'a: 1\n---\na: 2\n', 'several documents'],
    ['a key that stands there twice', { file: '-' }, [], 'a: 1\na: 2\n', 'unique'],
    ['a list', { file: '-' }, [], '- a', 'must hold a Run'],
  ])('refuses %s with exit code 2', async (_what, flags, command, stdin, says) => {
    const error: unknown = await read(flags, command, stdin).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ exitCode: 2 });
    expect((error as CliError).message).toContain(says);
  });
});
