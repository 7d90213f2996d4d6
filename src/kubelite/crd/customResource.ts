import { type FieldError, invalid } from '../../kubernetes/fieldError.ts';
import type { Json, JsonObject } from '../../kubernetes/json.ts';
import { defaultNameRule, metadataErrors } from '../schema/metadata.ts';
import type { AdmitRequest, Admitted, ObjectSchema } from '../schema/objectSchema.ts';
import type { ResourceInfo } from '../types.ts';
import { applyDefaults } from './applyDefaults.ts';
import type { Crd, CrdSchema, CrdVersion } from './crd.ts';
import { customResourceOpenapi } from './customResourceOpenapi.ts';
import { uniquenessErrors } from './listErrors.ts';
import { printerColumns } from './printerColumns.ts';
import { prune } from './prune.ts';
import { brokenRules, compileRules, type RuleTree } from './rules.ts';
import { validateValue } from './validateValue.ts';

/** What a CustomResourceDefinition makes the API serve. */
export interface CustomResource {
  /** The served versions, the storage version first. */
  readonly versions: readonly ObjectSchema[];
  readonly storedVersion: string;
}

/** Compiling the rules of a large definition takes tens of milliseconds, and what is stored never changes. */
const made = new WeakMap<JsonObject, CustomResource>();

/** The served kinds of a CRD that was admitted (`customresourcedefinitions` of the built-in schemas refuses bad ones). */
export function customResource(definition: JsonObject): CustomResource {
  const known = made.get(definition) ?? make(definition);
  made.set(definition, known);
  return known;
}

function make(definition: JsonObject): CustomResource {
  const crd = definition as unknown as Crd;
  const versions = crd.spec.versions ?? [];
  const stored = versions.find(({ storage }) => storage === true)?.name ?? '';
  const served = versions
    .filter((version) => version.served === true)
    .sort((a, b) => Number(b.name === stored) - Number(a.name === stored));
  return { versions: served.map((version) => schemaOf(crd, version)), storedVersion: stored };
}

interface Version {
  readonly info: ResourceInfo;
  readonly schema: CrdSchema;
  readonly rules: RuleTree | undefined;
  readonly deprecation: readonly string[];
  /** What it has let through, field by field: most writes are of the status alone, and need no second look at the spec. */
  readonly known: WeakMap<object, string>;
}

function schemaOf(crd: Crd, version: CrdVersion): ObjectSchema {
  const info = infoOf(crd, version);
  const root: CrdSchema = {
    ...version.schema?.openAPIV3Schema,
    // The rules may read apiVersion, kind, metadata.name and metadata.generateName.
    'x-kubernetes-embedded-resource': true,
  };
  const kind: Version = {
    info,
    schema: root,
    rules: compileRules(root, '', []),
    deprecation: deprecationOf(info, version),
    known: new WeakMap(),
  };
  return {
    info,
    admit: (request) => admitCustom(kind, request),
    selectableFields: (version.selectableFields ?? []).map(({ jsonPath = '' }) => jsonPath.slice(1)),
    mergeSchema: undefined,
    openapi: customResourceOpenapi(info, root),
    columns: printerColumns(version.additionalPrinterColumns),
  };
}

function infoOf(crd: Crd, version: CrdVersion): ResourceInfo {
  const { group = '', scope, names = {} } = crd.spec;
  return {
    group,
    version: version.name,
    kind: names.kind ?? '',
    plural: names.plural ?? '',
    singular: names.singular ?? '',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    hasStatus: version.subresources?.status !== undefined,
  };
}

function deprecationOf(
  { group, version, kind }: ResourceInfo,
  { deprecated, deprecationWarning }: CrdVersion,
): string[] {
  return deprecated === true ? [deprecationWarning ?? `${group}/${version} ${kind} is deprecated`] : [];
}

function admitCustom({ info, ...kind }: Version, request: AdmitRequest): Admitted {
  const [fresh, known] = divided(kind.known, request.object);
  const { object: pruned, unknownFields, problems } = prune(kind.schema, fresh);
  const [problem] = problems;
  if (problem !== undefined) return unreadable(info, pruned, problem);
  const unknown = unknownFields.map((field) => `unknown field "${field}"`);
  if (request.fieldValidation === 'Strict' && unknown.length > 0) {
    return unreadable(info, pruned, `strict decoding error: ${unknown.join(', ')}`);
  }
  const filled = { ...applyDefaults(kind.schema, pruned), ...known };
  const object = request.old === undefined && info.hasStatus ? withoutStatus(filled) : filled;
  const errors = errorsOf({ info, ...kind }, object, request.old);
  if (errors.length === 0) remember(kind.known, object);
  return {
    object,
    warnings: [...kind.deprecation, ...(request.fieldValidation === 'Ignore' ? [] : unknown)],
    badRequest: undefined,
    errors,
  };
}

/** Metadata is looked at in any case: the store writes into it. */
function remember(known: WeakMap<object, string>, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'object' && value !== null && name !== 'metadata') known.set(value, name);
  }
}

/** The fields that have to be looked at, and those that were let through as they are. */
function divided(known: WeakMap<object, string>, object: JsonObject): [JsonObject, JsonObject] {
  const isKnown = ([name, value]: [string, Json | undefined]) =>
    typeof value === 'object' && value !== null && known.get(value) === name;
  const fields = Object.entries(object);
  return [
    Object.fromEntries(fields.filter((field) => !isKnown(field))),
    Object.fromEntries(fields.filter(isKnown)),
  ];
}

/** What stands in the way of evaluating rules: they could read what isn't there or of another type. */
const BLOCKING: readonly FieldError['reason'][] = [
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
];

function errorsOf(kind: Version, object: JsonObject, old: JsonObject | undefined): readonly FieldError[] {
  const { schema, rules, info } = kind;
  const errors = [
    ...metadataErrors(object, {
      nameRule: defaultNameRule,
      namespaced: info.namespaced,
      bareFinalizers: true,
    }),
    ...validateValue(schema, object, '', old),
    ...uniquenessErrors(schema, divided(kind.known, object)[0], ''),
  ];
  if (rules === undefined) return errors;
  if (errors.some(({ reason }) => BLOCKING.includes(reason))) {
    const why =
      'some validation rules were not checked because the object was invalid; ' +
      'correct the existing errors to complete validation';
    return [...errors, invalid('<nil>', null, why)];
  }
  return [...errors, ...brokenRules(rules, object, old, '')];
}

function withoutStatus({ status: _status, ...rest }: JsonObject): JsonObject {
  return rest;
}

function unreadable({ kind, version }: ResourceInfo, object: JsonObject, why: string): Admitted {
  const badRequest = `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`;
  return { object, warnings: [], badRequest, errors: [] };
}
