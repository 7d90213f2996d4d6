import { describe, expect, it } from 'vitest';
import { isList, isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';
import { customResource } from '../crd/customResource.ts';
import { builtinSchemas } from './builtinSchemas.ts';
import fixtures from './fixtures/admission.json' with { type: 'json' };
import type { AdmitRequest, Admitted, ObjectSchema } from './objectSchema.ts';

/** One object, and what a Kubernetes 1.34.4 API server answered to it (tools/record-admission.mjs). */
interface RecordedCase {
  readonly what: string;
  readonly path: string;
  readonly object: JsonObject;
  readonly old?: JsonObject;
  readonly fieldValidation?: AdmitRequest['fieldValidation'];
  readonly answer: {
    readonly status: number;
    readonly message?: string;
    readonly causes?: readonly {
      readonly field: string;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly warnings?: readonly string[];
    readonly object?: JsonObject;
  };
}

const NAMESPACE = 'some-namespace';
const recorded = JSON.parse(JSON.stringify(fixtures).replaceAll('{namespace}', NAMESPACE)) as {
  readonly crds: readonly JsonObject[];
  readonly cases: readonly RecordedCase[];
};
const builtin = builtinSchemas();
const crds = recorded.crds.flatMap((crd) => {
  const definition = schemaAt('apiextensions.k8s.io', 'customresourcedefinitions', builtin);
  return customResource(definition.admit({ object: crd }).object).versions;
});

function schemaAt(group: string, plural: string, schemas: readonly ObjectSchema[]): ObjectSchema {
  const found = schemas.find(({ info }) => info.group === group && info.plural === plural);
  if (!found) throw new Error(`no schema of ${plural}.${group}`);
  return found;
}

function schemaOf(path: string): ObjectSchema {
  const [, , group = '', version = ''] = path.startsWith('/api/') ? ['', '', '', 'v1'] : path.split('/');
  expect(version).not.toBe('');
  return schemaAt(group, path.split('/').at(-1) ?? '', [...builtin, ...crds]);
}

/** As the registry hands it over: apiVersion, kind and namespace in place. */
function complete(object: JsonObject, schema: ObjectSchema): JsonObject {
  const { group, version, kind, namespaced } = schema.info;
  const metadata = {
    ...(object['metadata'] as JsonObject),
    ...(namespaced ? { namespace: NAMESPACE } : {}),
  };
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...object, metadata };
}

function admitted(one: RecordedCase): Admitted {
  const schema = schemaOf(one.path);
  return schema.admit({
    object: complete(one.object, schema),
    ...(one.old ? { old: schema.admit({ object: complete(one.old, schema) }).object } : {}),
    fieldValidation: one.fieldValidation ?? 'Warn',
  });
}

type Cause = { readonly field: string; readonly reason: string; readonly message: string };

/** Texts that show a value of Go's own, or the sentences of Go's regular expressions and CEL, are not compared. */
function comparable({ field, reason, message }: Cause): string {
  const isGo =
    /"[A-Z][A-Za-z]*":|error parsing regexp|division by zero|compilation failed|rule\b.*budget/.test(message);
  return `${field} ${reason} ${isGo ? '…' : message}`;
}

function comparableCauses(causes: readonly Cause[], shape: readonly Cause[]): readonly string[] {
  const isLoose = (cause: Cause) =>
    shape.some((other) => other.field === cause.field && comparable(other).endsWith('…'));
  return causes.map((one) => (isLoose(one) ? `${one.field} ${one.reason} …` : comparable(one))).sort();
}

/** What admission plugins, and not the schema, add: service account and its token, priority. */
function withoutPlugins(value: Json, name = ''): Json | undefined {
  if (isList(value)) {
    return value.map((item) => withoutPlugins(item) ?? null);
  }
  if (!isObject(value)) return name === 'tolerationSeconds' ? 0 : value;
  const kept = Object.entries(value)
    .filter(([field]) => !PLUGIN_FIELDS.includes(field))
    .map(([field, inner]) => [field, withoutPlugins(inner ?? null, field)] as const)
    .filter(([field, inner]) => !(field === 'volumeMounts' && isList(inner) && inner.length === 0))
    .filter(([field, inner]) => !(field === 'volumes' && isList(inner) && inner.length === 0));
  return Object.fromEntries(kept);
}

const PLUGIN_FIELDS = [
  'serviceAccount',
  'serviceAccountName',
  'priority',
  'preemptionPolicy',
  'metadata',
  'conditions',
];

const { cases } = recorded;
const refused = cases.filter(({ answer }) => answer.status === 422);
const unreadable = cases.filter(({ answer }) => answer.status === 400);
const accepted = cases.filter(({ answer }) => answer.status < 300);

describe('admit', () => {
  it.each(refused)('refuses as the API server does: $what', (one) => {
    const result = admitted(one);
    const causes = one.answer.causes ?? [];
    expect(result.badRequest).toBeUndefined();
    expect(comparableCauses(result.errors, causes)).toEqual(comparableCauses(causes, causes));
  });

  it.each(unreadable)('can not read what the API server can not: $what', (one) => {
    expect(admitted(one).badRequest).toBe(one.answer.message);
  });

  it.each(accepted)('stores what the API server stores: $what', (one) => {
    const result = admitted(one);
    expect(result.badRequest).toBeUndefined();
    expect(result.errors).toEqual([]);
    expect(result.warnings).toEqual(one.answer.warnings ?? []);
    const crd = one.path.endsWith('customresourcedefinitions');
    const shown = (object: JsonObject) => withoutPlugins(crd ? { ...object, status: undefined } : object);
    expect(shown(result.object)).toEqual(shown(one.answer.object ?? {}));
  });
});
