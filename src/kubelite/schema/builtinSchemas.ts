import type { JsonObject } from '../../kubernetes/json.ts';
import { decodeObject } from '../../kubernetes/openapi/decode.ts';
import { definitionName, definitionSchema, openapiDefinitions } from '../../kubernetes/openapi/schema.ts';
import { BUILTIN_KINDS, type BuiltinKind } from './builtinKinds.ts';
import { kindChecks } from './kindChecks.ts';
import { metadataErrors } from './metadata.ts';
import type { AdmitRequest, Admitted, ObjectSchema } from './objectSchema.ts';

/** As many unknown fields as the API server names in one answer. */
const MAX_NAMED_FIELDS = 100;

/** The schemas of all kinds that need no CustomResourceDefinition. Made at each call: the caller keeps them. */
export function builtinSchemas(): readonly ObjectSchema[] {
  return BUILTIN_KINDS.map(schemaOf);
}

function schemaOf(kind: BuiltinKind): ObjectSchema {
  const { selectableFields, ...info } = kind;
  const name = definitionName(info.group, info.version, info.kind);
  if (name === undefined)
    throw new Error(`finding the schema of kind ${info.kind}: kubernetes.json lacks it`);
  const definition = openapiDefinitions[name] ?? {};
  return {
    info,
    admit: (request) => admitBuiltin(kind, name, request),
    selectableFields,
    mergeSchema: definitionSchema(name),
    openapi: { [name]: definition },
    columns: [],
  };
}

function admitBuiltin(kind: BuiltinKind, definition: string, request: AdmitRequest): Admitted {
  const { object, unknownFields, problems } = decodeObject(
    definitionSchema(definition),
    request.object,
    request.old,
  );
  const unknown = unknownFields.slice(0, MAX_NAMED_FIELDS).map((field) => `unknown field "${field}"`);
  const [problem] = problems;
  if (problem !== undefined) return unreadable(kind, object, problem.sentence);
  if (request.fieldValidation === 'Strict' && unknown.length > 0) {
    return unreadable(kind, object, `strict decoding error: ${unknown.join(', ')}`);
  }
  const checks = kindChecks(kind.kind);
  const defaulted = checks.withDefaults(object, request.old);
  return {
    object: defaulted,
    warnings: request.fieldValidation === 'Ignore' ? [] : unknown,
    badRequest: undefined,
    errors: [
      ...metadataErrors(defaulted, {
        nameRule: checks.nameRule,
        namespaced: kind.namespaced,
        bareFinalizers: kind.group === 'apiextensions.k8s.io',
      }),
      ...(request.subresource === 'status' ? [] : checks.errors(defaulted, request.old)),
    ],
  };
}

function unreadable(kind: BuiltinKind, object: JsonObject, why: string): Admitted {
  const badRequest = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`;
  return { object, warnings: [], badRequest, errors: [] };
}
