import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { output } from 'zod';
import { type SettingsSchema, settingFields } from '../../core/settings/field.ts';
import { describeSettings, type LoadedSettings, loadSettings } from '../../core/settings/loadSettings.ts';
import { operatorSettings } from '../../core/settings/operator.ts';
import { serverSettings } from '../../core/settings/server.ts';
import { SettingsError } from '../../core/settings/settingsError.ts';
import { EXIT, type ExitCode, usageError } from '../cliError.ts';
import type { CliContext } from '../context.ts';
import type { RunningProcess } from '../services.ts';

/** `endwell operator`: runs until SIGTERM or Ctrl-C. Its flags are the settings themselves. */
export async function operator(context: CliContext, argv: readonly string[]): Promise<ExitCode> {
  const loaded = settingsOf(context, operatorSettings, argv, 'operator');
  return loaded === undefined ? EXIT.ok : untilInterrupted(context, context.services.startOperator(loaded));
}

/** `endwell server`: runs until SIGTERM or Ctrl-C. Its flags are the settings themselves. */
export async function server(context: CliContext, argv: readonly string[]): Promise<ExitCode> {
  const loaded = settingsOf(context, serverSettings, argv, 'server');
  if (loaded === undefined) return EXIT.ok;
  return untilInterrupted(context, context.services.startServer(loaded, context.version));
}

/** Undefined when only help or the effective settings were asked for, which are then printed. */
function settingsOf<S extends SettingsSchema>(
  context: CliContext,
  schema: S,
  argv: readonly string[],
  command: string,
): LoadedSettings<output<S>> | undefined {
  if (argv.includes('--help') || argv.includes('-h')) {
    context.out(helpOf(schema, command));
    return undefined;
  }
  const loaded = load(context, schema, argv);
  if (!loaded.printConfig) return loaded;
  context.out(describeSettings(loaded));
  return undefined;
}

function load<S extends SettingsSchema>(context: CliContext, schema: S, argv: readonly string[]) {
  try {
    return loadSettings(schema, {
      argv,
      env: context.env,
      readFile: (path) => readFileSync(resolve(context.cwd, path), 'utf8'),
      parseFile: (text) => parse(text) as unknown,
    });
  } catch (error) {
    throw error instanceof SettingsError ? usageError(error.message) : error;
  }
}

function helpOf(schema: SettingsSchema, command: string): string {
  const fields = settingFields(schema).map(({ flag, kind, description, variables, choices, fallback }) => {
    const said = [
      variables.join(', '),
      ...(choices.length === 0 ? [] : [`one of ${choices.join(', ')}`]),
      ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ];
    return {
      left: kind === 'switch' ? flag : `${flag} <${kind === 'number' ? 'number' : 'text'}>`,
      right: `${description} (${said.join('; ')})`,
    };
  });
  const all = [
    ...fields,
    { left: '--config <file>', right: 'YAML file with the same settings (ENDWELL_CONFIG)' },
    { left: '--print-config', right: 'Print the effective value and origin of each setting, and end' },
  ];
  const width = Math.max(...all.map(({ left }) => left.length));
  const lines = all.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}\n`);
  return `Usage: endwell ${command} [options]\n\nOptions:\n${lines.join('')}`;
}

async function untilInterrupted(context: CliContext, starting: Promise<RunningProcess>): Promise<ExitCode> {
  const running = await starting;
  await interruption(context);
  await running.stop();
  return EXIT.ok;
}

/** Resolves at the first SIGINT or SIGTERM. */
export function interruption({ interrupted }: CliContext): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }));
}
