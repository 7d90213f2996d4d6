import { type Environment, Optional, type ParseResult } from '@marcbachmann/cel-js';
import { duplicate, type FieldError, forbidden, invalid, required } from '../../kubernetes/fieldError.ts';
import { isList, isObject, type Json, sameJson } from '../../kubernetes/json.ts';
import {
  celValue,
  checkEnvironment,
  type OldSelf,
  optionalRunEnvironment,
  runEnvironment,
} from './celTypes.ts';
import { type CrdRule, type CrdSchema, fieldPath } from './crd.ts';
import { jsonType, oldItem } from './validateValue.ts';

/** A rule that is ready to run. */
export interface CompiledRule {
  readonly rule: CrdRule;
  /** Names oldSelf: it runs only where there is an old value, or with `optionalOldSelf` always. */
  readonly isTransition: boolean;
  readonly run: ParseResult;
  readonly message: ParseResult | undefined;
}

/** The rules of a schema and of all that lies in it. */
export interface RuleTree {
  readonly schema: CrdSchema;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleTree>;
  /** Of the items of a list, or the values of a map. */
  readonly inner: RuleTree | undefined;
}

/** Compiles all rules; what can't be compiled goes to `errors`, by name. Undefined: there are none. */
export function compileRules(schema: CrdSchema, path: string, errors: FieldError[]): RuleTree | undefined {
  const properties = new Map<string, RuleTree>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const tree = compileRules(property, `${path}.properties[${name}]`, errors);
    if (tree) properties.set(name, tree);
  }
  const { items, additionalProperties } = schema;
  const values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const inner =
    (items && compileRules(items, `${path}.items`, errors)) ??
    (values && compileRules(values, `${path}.additionalProperties`, errors));
  const rules = compileOwn(schema, path, errors);
  return rules.length === 0 && properties.size === 0 && !inner
    ? undefined
    : { schema, rules, properties, inner };
}

function compileOwn(schema: CrdSchema, path: string, errors: FieldError[]): readonly CompiledRule[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const environments = new Map<OldSelf, Environment>();
  const environmentOf = (oldSelf: OldSelf): Environment => {
    const texts = rules.flatMap(({ rule = '', messageExpression = '' }) => [rule, messageExpression]);
    const environment = environments.get(oldSelf) ?? checkEnvironment(schema, oldSelf, texts);
    environments.set(oldSelf, environment);
    return environment;
  };
  return rules.flatMap((rule, index) => {
    const check = environmentOf(rule.optionalOldSelf === true ? 'optional' : 'plain');
    const compiled = compileRule(rule, check, `${path}.x-kubernetes-validations[${index}]`, errors);
    return compiled ? [compiled] : [];
  });
}

function compileRule(
  rule: CrdRule,
  check: Environment,
  path: string,
  errors: FieldError[],
): CompiledRule | undefined {
  const run = rule.optionalOldSelf === true ? optionalRunEnvironment : runEnvironment;
  const text = rule.rule ?? '';
  const expression = compileText(check, run, text, 'bool');
  if (typeof expression === 'string') {
    errors.push(invalid(`${path}.rule`, text, expression));
    return undefined;
  }
  const message = rule.messageExpression
    ? compileText(check, run, rule.messageExpression, 'string')
    : undefined;
  if (typeof message === 'string') {
    errors.push(invalid(`${path}.messageExpression`, rule.messageExpression, message));
    return undefined;
  }
  return { rule, isTransition: namesOldSelf(text), run: expression, message };
}

/** The compiled text, or what is wrong with it. */
function compileText(
  check: Environment,
  run: Environment,
  text: string,
  wanted: 'bool' | 'string',
): ParseResult | string {
  const checked = check.check(text);
  if (!checked.valid)
    return `compilation failed: ${checked.error?.summary ?? checked.error?.message ?? 'unknown'}`;
  if (checked.type !== wanted && checked.type !== 'dyn') {
    return wanted === 'bool'
      ? 'cel expression must evaluate to a bool'
      : 'messageExpression must evaluate to a string';
  }
  return run.parse(text);
}

/** True when the rule, its quoted texts apart, speaks of the old value. */
export function namesOldSelf(rule: string): boolean {
  return /\boldSelf\b/.test(rule.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, ''));
}

/** The rules that a value breaks. `old` is the value that it replaces; undefined when it is new. */
export function brokenRules(tree: RuleTree, value: Json, old: Json | undefined, path: string): FieldError[] {
  if (value === null) return [];
  const own = tree.rules.length > 0 ? ownErrors(tree, value, old ?? undefined, path) : [];
  return [...own, ...innerErrors(tree, value, old ?? undefined, path)];
}

function innerErrors(tree: RuleTree, value: Json, old: Json | undefined, path: string): FieldError[] {
  const { inner, properties, schema } = tree;
  if (isList(value)) {
    if (!inner) return [];
    return value.flatMap((item, index) =>
      brokenRules(inner, item, oldItem(schema, item, old), `${path}[${index}]`),
    );
  }
  if (!isObject(value)) return [];
  const isMap = typeof schema.additionalProperties === 'object';
  return Object.entries(value).flatMap(([name, field]) => {
    const below = properties.get(name) ?? (isMap ? inner : undefined);
    if (!below || field === undefined) return [];
    const before = isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
    return brokenRules(below, field, before, isMap ? `${path}[${name}]` : fieldPath(path, name));
  });
}

function ownErrors(tree: RuleTree, value: Json, old: Json | undefined, path: string): FieldError[] {
  // What was stored under an older rule may stay as it is.
  const isAsBefore = old !== undefined && sameJson(value, old);
  const due = tree.rules.filter(({ isTransition, rule }) =>
    isTransition ? old !== undefined || rule.optionalOldSelf === true : !isAsBefore,
  );
  if (due.length === 0) return [];
  const self = celValue(tree.schema, value);
  const oldSelf = old === undefined || !due.some(readsOld) ? undefined : celValue(tree.schema, old);
  return due.flatMap((compiled) => {
    const context = { self, oldSelf: compiled.rule.optionalOldSelf ? optionalOf(oldSelf) : oldSelf };
    const error = evaluate(compiled, context, value, path);
    return error ? [error] : [];
  });
}

function readsOld({ isTransition, rule }: CompiledRule): boolean {
  return isTransition || rule.optionalOldSelf === true || namesOldSelf(rule.messageExpression ?? '');
}

function optionalOf(value: unknown): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

type Context = Readonly<Record<string, unknown>>;

function evaluate(
  { rule, run, message }: CompiledRule,
  context: Context,
  value: Json,
  path: string,
): FieldError | undefined {
  const field = `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '') || '<nil>';
  try {
    if (run({ ...context }) === true) return undefined;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return invalid(field, jsonType(value), `${why} evaluating rule: ${rule.message ?? rule.rule ?? ''}`);
  }
  return withReason(rule, field, value, messageOf(rule, message, context));
}

function messageOf(rule: CrdRule, expression: ParseResult | undefined, context: Context): string {
  const fallback = rule.message ?? `failed rule: ${rule.rule ?? ''}`;
  if (!expression) return fallback;
  try {
    const text: unknown = expression({ ...context });
    const isUsable = typeof text === 'string' && text.trim() !== '' && !text.includes('\n');
    return isUsable ? text.trim() : fallback;
  } catch {
    // The rule is broken all the same; only its own words for that can't be had.
    return fallback;
  }
}

function withReason(rule: CrdRule, field: string, value: Json, message: string): FieldError {
  if (rule.reason === 'FieldValueForbidden') return forbidden(field, message);
  if (rule.reason === 'FieldValueRequired') return required(field, message);
  if (rule.reason === 'FieldValueDuplicate') return duplicate(field, jsonType(value));
  return invalid(field, jsonType(value), message);
}
