import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../kubernetes/fieldError.ts';
import type { Json, JsonObject } from '../../kubernetes/json.ts';
import { dns1035Label, dnsSubdomain } from '../../kubernetes/names.ts';
import type { Crd, CrdNames, CrdSchema, CrdSpec, CrdVersion } from './crd.ts';
import { compileJsonPath, JsonPathError } from './jsonPath.ts';
import { ruleFormErrors } from './ruleForm.ts';
import { compileRules } from './rules.ts';
import { structuralErrors } from './structural.ts';

const SCOPES = ['Cluster', 'Namespaced'];
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];

/** What is wrong with a CustomResourceDefinition. A schema that isn't structural, or a rule that can't run, is named. */
export function crdErrors(object: JsonObject): readonly FieldError[] {
  const { spec, metadata } = object as unknown as Crd;
  if (!spec) return [required('spec')];
  const names = spec.names ?? {};
  const full = `${names.plural ?? ''}.${spec.group ?? ''}`;
  return [
    ...(metadata?.name === full
      ? []
      : [invalid('metadata.name', metadata?.name, 'must be spec.names.plural+"."+spec.group')]),
    ...groupErrors(spec.group ?? ''),
    ...(SCOPES.includes(spec.scope ?? '') ? [] : [scopeError(spec.scope ?? '')]),
    ...namesErrors(names),
    ...versionsErrors(spec.versions ?? []),
    ...conversionErrors(spec),
    ...(spec.versions ?? []).flatMap((version, index) => versionErrors(version, index, spec)),
  ];
}

function scopeError(scope: string): FieldError {
  return scope === '' ? required('spec.scope') : notSupported('spec.scope', scope, SCOPES);
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [required('spec.group')];
  const errors = dnsSubdomain(group).map((why) => invalid('spec.group', group, why));
  return group.includes('.')
    ? errors
    : [...errors, invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function namesErrors(names: CrdNames): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '' } = names;
  const label = (field: string, value: string) =>
    dns1035Label(value).map((why) => invalid(`spec.names.${field}`, value, why));
  const mixed = (field: string, value: string) =>
    dns1035Label(value.toLowerCase()).map((why) =>
      invalid(`spec.names.${field}`, value, `may have mixed case, but should otherwise match: ${why}`),
    );
  return [
    ...(plural === '' ? [required('spec.names.plural')] : label('plural', plural)),
    ...(singular === '' ? [] : label('singular', singular)),
    ...(kind === '' ? [required('spec.names.kind')] : mixed('kind', kind)),
    ...(listKind === '' ? [] : mixed('listKind', listKind)),
    ...(names.shortNames ?? []).flatMap((name, index) => label(`shortNames[${index}]`, name)),
    ...(names.categories ?? []).flatMap((name, index) => label(`categories[${index}]`, name)),
    ...(kind !== '' && kind === listKind
      ? [invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same')]
      : []),
  ];
}

function versionsErrors(versions: readonly CrdVersion[]): FieldError[] {
  const shown = versions as unknown as Json;
  const names = versions.map(({ name }) => name);
  const errors: FieldError[] = [];
  if (new Set(names).size < names.length) {
    errors.push(invalid('spec.versions', shown, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(invalid('spec.versions', shown, 'must have exactly one version marked as storage version'));
  }
  for (const [index, name] of names.entries()) {
    errors.push(...dns1035Label(name).map((why) => invalid(`spec.versions[${index}].name`, name, why)));
  }
  return errors;
}

function conversionErrors({ conversion, preserveUnknownFields }: CrdSpec): FieldError[] {
  const errors: FieldError[] = [];
  const strategy = conversion?.strategy ?? 'None';
  if (strategy === 'Webhook') {
    errors.push(forbidden('spec.conversion.strategy', 'this server has no conversion webhooks; use None'));
  } else if (strategy !== 'None') {
    errors.push(notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']));
  }
  if (preserveUnknownFields === true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, why));
  }
  return errors;
}

function versionErrors(version: CrdVersion, index: number, spec: CrdSpec): FieldError[] {
  const at = `spec.versions[${index}]`;
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return [required(`${at}.schema.openAPIV3Schema`)];
  // What all versions have in common stands, for Kubernetes, at the top of the spec.
  const isOnly = spec.versions?.length === 1;
  const schemaPath = isOnly ? 'spec.validation.openAPIV3Schema' : `${at}.schema.openAPIV3Schema`;
  return [
    ...columnErrors(version, isOnly ? 'spec' : at),
    ...selectableErrors(version, schema, isOnly ? 'spec' : at),
    ...schemaErrors(schema, schemaPath),
  ];
}

/** Rules are compiled only when all else is right, as Kubernetes does. */
function schemaErrors(schema: CrdSchema, path: string): FieldError[] {
  const errors = [...structuralErrors(schema, path), ...ruleFormErrors(schema, path)];
  if (errors.length === 0) compileRules({ ...schema, 'x-kubernetes-embedded-resource': true }, path, errors);
  return errors;
}

function columnErrors({ additionalPrinterColumns: columns = [] }: CrdVersion, at: string): FieldError[] {
  return columns.flatMap(({ name = '', type = '', jsonPath = '' }, index) => {
    const field = `${at}.additionalPrinterColumns[${index}]`;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${field}.name`));
    if (!COLUMN_TYPES.includes(type)) {
      errors.push(invalid(`${field}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`));
    }
    const why = jsonPath === '' ? undefined : jsonPathProblem(jsonPath);
    if (jsonPath === '') errors.push(required(`${field}.JSONPath`));
    if (why !== undefined) errors.push(invalid(`${field}.JSONPath`, jsonPath, why));
    return errors;
  });
}

function jsonPathProblem(text: string): string | undefined {
  try {
    compileJsonPath(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonPathError) return error.message;
    throw error;
  }
}

function selectableErrors(
  { selectableFields = [] }: CrdVersion,
  schema: CrdSchema,
  at: string,
): FieldError[] {
  const seen = new Set<string>();
  return selectableFields.flatMap(({ jsonPath = '' }, index) => {
    const field = `${at}.selectableFields[${index}].jsonPath`;
    if (seen.has(jsonPath)) return [duplicate(field, jsonPath)];
    seen.add(jsonPath);
    const why = selectableProblem(jsonPath, schema);
    return why === undefined ? [] : [invalid(field, jsonPath, why)];
  });
}

function selectableProblem(path: string, schema: CrdSchema): string | undefined {
  if (!path.startsWith('.')) return `is an invalid path: expected [ or . but got: ${path}`;
  let at: CrdSchema | undefined = schema;
  for (const name of path.slice(1).split('.')) at = at?.properties?.[name];
  if (at === undefined) return 'is an invalid path: does not refer to a valid field';
  if (['string', 'boolean', 'integer'].includes(at.type ?? '')) return undefined;
  return 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
}
