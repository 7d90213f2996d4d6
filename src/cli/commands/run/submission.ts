import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { envOf, pairOf, type SpecFlags, specOfFlags } from './specFlags.ts';

/** Flags of `run submit` that describe the run. */
export interface SubmitFlags extends SpecFlags {
  readonly file?: string;
  readonly image?: string;
  readonly name?: string;
  readonly exitCommand?: string;
  readonly exitImage?: string;
  readonly env: readonly string[];
  readonly label: readonly string[];
  readonly defaultCommand?: boolean;
}

/** Where files are read from. */
export type SubmissionSource = Pick<CliContext, 'cwd' | 'readStdin'>;

/** A body of `POST /runs` before the server has judged it. */
export type Submission = Record<string, unknown> & { metadata?: Record<string, unknown> };

/** The run that flags or a file describe. Refuses (exit code 2) flags that say too little or contradict each other. */
export async function readSubmission(
  context: SubmissionSource,
  flags: SubmitFlags,
  command: readonly string[],
): Promise<Submission> {
  if (flags.file !== undefined) {
    refuseBoth(flags, command);
    return readManifest(context, flags.file);
  }
  if (flags.image === undefined)
    throw usageError('run submit needs -f FILE, or --image IMAGE and a command behind --');
  if (command.length === 0 && flags.defaultCommand !== true) {
    throw usageError(
      'the command is missing: give it behind --, as -- /bin/sh -c "…", or --default-command to run the image’s own',
    );
  }
  return fromFlags(flags, flags.image, command);
}

function refuseBoth(flags: SubmitFlags, command: readonly string[]): void {
  const { image, name, exitCommand, exitImage, defaultCommand } = flags;
  const single = [image, name, exitCommand, exitImage, defaultCommand];
  const isAlone =
    single.every((value) => value === undefined) && Object.keys(specOfFlags(flags)).length === 0;
  if (isAlone && command.length + flags.env.length + flags.label.length === 0) return;
  throw usageError('-f FILE describes the whole run: leave out --image, its flags and the command');
}

async function readManifest(context: SubmissionSource, file: string): Promise<Submission> {
  const shown = file === '-' ? 'standard input' : file;
  const text = file === '-' ? await context.readStdin() : await readText(resolve(context.cwd, file), shown);
  const { oneDocument } = await import('../../output/yaml.ts');
  const object = oneDocument(text, shown);
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw usageError(
      `reading ${shown}: it must hold a Run: apiVersion endwell.dev/v1, kind Run, metadata, spec`,
    );
  }
  return object as Submission;
}

/** Text of a file. Refuses (exit code 2) one that can't be read, naming it as `shown`. */
export async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder; name one file',
      EACCES: 'this user may not read it',
    };
    throw usageError(`reading ${shown}: ${reasons[code] ?? message}`);
  }
}

function fromFlags(flags: SubmitFlags, image: string, command: readonly string[]): Submission {
  const { exitCommand } = flags;
  const env = envOf(flags.env);
  const container = {
    name: 'main',
    image,
    ...(command.length === 0 ? {} : { command }),
    ...(env.length === 0 ? {} : { env }),
  };
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: metadataOf(flags),
    spec: {
      ...specOfFlags(flags),
      main: { spec: { containers: [container] } },
      ...(exitCommand === undefined ? {} : { exitHandler: handlerOf(exitCommand, flags.exitImage ?? image) }),
    },
  };
}

function metadataOf({ name, profile, label }: SubmitFlags): Record<string, unknown> {
  const labels = Object.fromEntries(label.map((pair) => pairOf('--label', pair)));
  return {
    ...(name === undefined ? { generateName: `${profile ?? 'run'}-` } : { name }),
    ...(label.length === 0 ? {} : { labels }),
  };
}

function handlerOf(command: string, image: string): object {
  return { spec: { containers: [{ name: 'main', image, command: ['/bin/sh', '-c', command] }] } };
}
