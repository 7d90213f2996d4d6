import type { z } from 'zod';
import { problemsOf } from '../run/specProblems.ts';
import { type SettingField, type SettingsSchema, settingFields } from './field.ts';
import { readFlags } from './readFlags.ts';
import { SettingsError } from './settingsError.ts';

/** What settings are read from: text only, so that a test needs neither process nor disk. */
export interface SettingsSources {
  /** Arguments after the subcommand. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of the file that `--config` or `ENDWELL_CONFIG` names. */
  readonly readFile: (path: string) => string;
  /** YAML's `parse`. */
  readonly parseFile: (text: string) => unknown;
}

/** Settings that were read, and where each came from. */
export interface LoadedSettings<T> {
  readonly values: T;
  /** By key: `flag --x`, `variable X`, `file PATH` or `default`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Keys whose values are never shown. */
  readonly secrets: readonly string[];
  /** `--print-config` was given: print `describeSettings` and end. */
  readonly printConfig: boolean;
}

interface Found {
  readonly value: unknown;
  readonly origin: string;
}

/**
 * Reads one schema from flags, variables, a YAML file and its defaults, in that order of precedence.
 * Refuses (`SettingsError`) an unknown flag or file key and a value that the schema doesn't allow, naming where it stands.
 * An unknown `ENDWELL_*` variable is no error: other commands have settings too.
 */
export function loadSettings<S extends SettingsSchema>(
  schema: S,
  sources: SettingsSources,
): LoadedSettings<z.output<S>> {
  const fields = settingFields(schema);
  const flags = readFlags(fields, sources.argv);
  const path = flags.config ?? sources.env['ENDWELL_CONFIG'];
  const file = path ? readConfigFile(fields, path, sources) : {};
  const found = new Map<string, Found>();
  for (const field of fields) {
    const value =
      fromFlag(field, flags.values) ?? fromVariable(field, sources.env) ?? fromFile(field, file, path);
    if (value) found.set(field.key, value);
  }
  return {
    values: validate(schema, fields, found),
    origins: Object.fromEntries(fields.map(({ key }) => [key, found.get(key)?.origin ?? 'default'])),
    secrets: fields.filter(({ secret }) => secret).map(({ key }) => key),
    printConfig: flags.printConfig,
  };
}

/** One line for each setting: `key: value  (origin)`, aligned, without passwords; what `--print-config` prints. */
export function describeSettings(loaded: LoadedSettings<Readonly<Record<string, unknown>>>): string {
  const lines = Object.entries(loaded.origins).map(([key, origin]) => {
    const value = loaded.values[key];
    const shown = loaded.secrets.includes(key) ? '***' : withoutPassword(JSON.stringify(value) ?? '');
    return { text: `${key}: ${value === undefined ? '(not set)' : shown}`, origin };
  });
  const width = Math.max(...lines.map((line) => line.text.length));
  return `${lines.map((line) => `${line.text.padEnd(width)}  # ${line.origin}`).join('\n')}\n`;
}

/** Passwords stand in URLs before the host, or in a parameter. */
function withoutPassword(text: string): string {
  return text
    .replaceAll(/(:\/\/[^/:@?#\s"]*:)[^@\s"]*(?=@)/g, '$1***')
    .replaceAll(/([?&][\w-]*(?:password|secret|token|key)[\w-]*=)[^&#\s"]*/gi, '$1***');
}

function fromFlag(field: SettingField, values: ReadonlyMap<string, unknown>): Found | undefined {
  return values.has(field.key) ? { value: values.get(field.key), origin: `flag ${field.flag}` } : undefined;
}

/**
 * What Kubernetes puts into every pod of a namespace for a Service there: one called `endwell` makes a variable
 * ENDWELL_PORT, which nobody set.
 */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

/** An empty variable counts as not set: that is how manifests leave one out. */
function fromVariable(field: SettingField, env: SettingsSources['env']): Found | undefined {
  const name = field.variables.find((variable) => env[variable] && !SERVICE_LINK.test(env[variable]));
  const text = name && env[name];
  if (!name || !text) return undefined;
  return { value: fromText(field, text, `variable ${name}`), origin: `variable ${name}` };
}

function fromFile(
  field: SettingField,
  file: Readonly<Record<string, unknown>>,
  path: string | undefined,
): Found | undefined {
  const value = file[field.key];
  return value === undefined || value === null ? undefined : { value, origin: `file ${path}` };
}

function fromText(field: SettingField, text: string, where: string): unknown {
  if (field.kind === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  if (field.kind === 'switch') return readSwitch(text, where);
  return field.kind === 'number' ? Number(text) : text;
}

function readSwitch(text: string, where: string): boolean {
  if (['true', '1', 'yes'].includes(text.toLowerCase())) return true;
  if (['false', '0', 'no'].includes(text.toLowerCase())) return false;
  throw new SettingsError(`reading settings: ${where} is "${text}"; allowed: true, false`);
}

function readConfigFile(
  fields: readonly SettingField[],
  path: string,
  sources: SettingsSources,
): Record<string, unknown> {
  const content = parseFile(path, sources);
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new SettingsError(`reading settings file ${path}: it must be a mapping of settings to values`);
  }
  const known = new Set(fields.map((field) => field.key));
  const unknown = Object.keys(content).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new SettingsError(
      `reading settings file ${path}: no setting is called "${unknown}"; known: ${[...known].join(', ')}`,
    );
  }
  return content as Record<string, unknown>;
}

function parseFile(path: string, sources: SettingsSources): unknown {
  try {
    return sources.parseFile(sources.readFile(path));
  } catch (cause) {
    throw new SettingsError(`reading settings file ${path}: ${(cause as Error).message}`, { cause });
  }
}

function validate<S extends SettingsSchema>(
  schema: S,
  fields: readonly SettingField[],
  found: ReadonlyMap<string, Found>,
): z.output<S> {
  const input = Object.fromEntries([...found].map(([key, { value }]) => [key, value]));
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = problemsOf(result.error, schema, input, '').map(({ field, message }) => {
    const key = field.split(/[.[]/)[0] ?? '';
    const origin = found.get(key)?.origin;
    const flag = fields.find((candidate) => candidate.key === key)?.flag;
    return `${origin ? `${origin} (${field})` : `${field} (set it by ${flag})`} ${message}`;
  });
  throw new SettingsError(`reading settings: ${problems.join('; ')}`, { cause: result.error });
}
