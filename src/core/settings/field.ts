import * as z from 'zod';

/** A schema of settings: a flat object; each key is one setting. */
export type SettingsSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** How text of a flag or variable becomes a value; `value`: it stays text, and whoever uses it reads text and values of a file alike. */
export type FieldKind = 'text' | 'number' | 'switch' | 'list' | 'value';

/** One setting, as flags, variables and help texts need it. */
export interface SettingField {
  readonly key: string;
  readonly kind: FieldKind;
  /** `--operator-namespace`. */
  readonly flag: string;
  /** Variables that set it, the first that is set wins: our own, then those of systems that we replace. */
  readonly variables: readonly string[];
  readonly description: string;
  /** Allowed values, where there is a closed list. */
  readonly choices: readonly string[];
  /** What holds where nobody sets it; undefined: it is worked out, and the description says how. */
  readonly fallback: string | undefined;
  /** It may hold secrets and is never shown. */
  readonly secret: boolean;
}

/** The fields of a schema in the order it has them. Refuses (throws) a field of a type that no flag can set. */
export function settingFields(schema: SettingsSchema): SettingField[] {
  return Object.entries(schema.shape).map(([key, type]) => {
    const inner = unwrap(type);
    const words = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return {
      key,
      kind: kindOf(key, inner),
      flag: `--${words}`,
      variables: [...ownVariable(type, words), ...otherVariables(type)],
      description: type.description ?? inner.description ?? '',
      choices: inner instanceof z.ZodEnum ? inner.options.map(String) : [],
      fallback: fallbackOf(type),
      secret: type.meta()?.['secret'] === true,
    };
  });
}

/** The type inside its defaults and optionals. */
function unwrap(type: z.ZodType): z.ZodType {
  if (type instanceof z.ZodDefault || type instanceof z.ZodOptional)
    return unwrap(type.unwrap() as z.ZodType);
  return type;
}

/** An empty list says nothing that a description does not say better. */
function fallbackOf(type: z.ZodType): string | undefined {
  const value: unknown = type instanceof z.ZodDefault ? type.parse(undefined) : undefined;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function kindOf(key: string, type: z.ZodType): FieldKind {
  if (type instanceof z.ZodString || type instanceof z.ZodEnum) return 'text';
  if (type instanceof z.ZodNumber) return 'number';
  if (type instanceof z.ZodBoolean) return 'switch';
  if (type instanceof z.ZodArray) return 'list';
  if (type instanceof z.ZodUnknown) return 'value';
  throw new Error(`reading the settings schema: ${key} has a type that no flag can set`);
}

/** `.meta({ own: false })`: the setting goes by the names of the system that we replace alone. */
function ownVariable(type: z.ZodType, words: string): string[] {
  return type.meta()?.['own'] === false ? [] : [`ENDWELL_${words.replaceAll('-', '_').toUpperCase()}`];
}

/** `.meta({ variables: [...] })` names variables of other systems that we honour. */
function otherVariables(type: z.ZodType): string[] {
  const listed = type.meta()?.['variables'];
  return Array.isArray(listed) ? listed.map(String) : [];
}
