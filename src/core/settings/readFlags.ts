import type { SettingField } from './field.ts';
import { SettingsError } from './settingsError.ts';

/** Flags as given, before the schema judged them. */
export interface Flags {
  /** By key of the setting. A list holds one value for each time its flag stands there. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Path that `--config` gave. */
  readonly config: string | undefined;
  readonly printConfig: boolean;
}

interface Reader {
  readonly rest: string[];
  readonly fields: readonly SettingField[];
  readonly values: Map<string, unknown>;
}

/** Reads `--name value`, `--name=value`, `--switch` and `--no-switch`. Refuses any argument that no field has. */
export function readFlags(fields: readonly SettingField[], argv: readonly string[]): Flags {
  const reader: Reader = { rest: [...argv], fields, values: new Map() };
  let config: string | undefined;
  let printConfig = false;
  for (let word = reader.rest.shift(); word !== undefined; word = reader.rest.shift()) {
    const [flag, inline] = splitWord(word);
    if (flag === '--config') config = takeValue(reader, flag, inline);
    else if (flag === '--print-config') printConfig = true;
    else readField(reader, flag, inline);
  }
  return { values: reader.values, config, printConfig };
}

function readField(reader: Reader, flag: string, inline: string | undefined): void {
  const negated = flag.replace(/^--no-/, '--');
  const field = reader.fields.find((candidate) => candidate.flag === flag);
  const denied = reader.fields.find((candidate) => candidate.kind === 'switch' && candidate.flag === negated);
  if (field) reader.values.set(field.key, fieldValue(reader, field, inline));
  else if (denied && inline === undefined) reader.values.set(denied.key, false);
  else throw unknownFlag(reader.fields, flag);
}

function fieldValue(reader: Reader, field: SettingField, inline: string | undefined): unknown {
  if (field.kind === 'switch') return switchValue(field, inline);
  const text = takeValue(reader, field.flag, inline);
  if (field.kind === 'number') return text.trim() === '' ? Number.NaN : Number(text);
  if (field.kind === 'list') return [...((reader.values.get(field.key) as string[] | undefined) ?? []), text];
  return text;
}

function switchValue(field: SettingField, inline: string | undefined): boolean {
  if (inline === undefined || inline === 'true') return true;
  if (inline === 'false') return false;
  throw new SettingsError(`reading settings: flag ${field.flag} is "${inline}"; allowed: true, false`);
}

function takeValue(reader: Reader, flag: string, inline: string | undefined): string {
  const value = inline ?? reader.rest.shift();
  if (value === undefined) throw new SettingsError(`reading settings: flag ${flag} needs a value`);
  return value;
}

function splitWord(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function unknownFlag(fields: readonly SettingField[], flag: string): SettingsError {
  const known = [...fields.map((field) => field.flag), '--config', '--print-config'].join(', ');
  return new SettingsError(`reading settings: no flag is called "${flag}"; known: ${known}`);
}
