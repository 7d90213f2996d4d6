import type { FieldError } from '../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../kubernetes/json.ts';
import type { Schema } from '../../kubernetes/openapi/schema.ts';
import type { ResourceInfo } from '../types.ts';

/** What is done with a field that the schema doesn't know: query parameter `fieldValidation`. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** One object on its way into the store. */
export interface AdmitRequest {
  /** Complete, with the name that it will have (generateName already resolved). Is not changed. */
  readonly object: JsonObject;
  /** The stored object, when this is an update. */
  readonly old?: JsonObject;
  /** Set when the request wrote a subresource; spec and status are already those that the write may change. */
  readonly subresource?: 'status';
  /** Kubernetes' own default is Warn. */
  readonly fieldValidation?: FieldValidation;
}

/** What became of it. It may be stored only when `badRequest` is undefined and `errors` is empty. */
export interface Admitted {
  /** A new object: defaults set, unknown fields dropped. On create its status is what a new object starts with. */
  readonly object: JsonObject;
  /** Texts for `Warning: 299 - "…"` headers. */
  readonly warnings: readonly string[];
  /** The message of a 400 BadRequest: the object couldn't be decoded (wrong type, or unknown field under Strict). */
  readonly badRequest: string | undefined;
  /** The causes of a 422 Invalid; `sentenceOf` makes its message. */
  readonly errors: readonly FieldError[];
}

/** One column of a Table, as kubectl's `get` shows it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown; greater only with `-o wide`. */
  readonly priority: number;
  /** The cell of one object; null when it has no such field. `date` cells are the RFC 3339 text. */
  cell(object: JsonObject): string | number | boolean | null;
}

/** All that the API must know of one served kind: built in, or made by a CustomResourceDefinition. */
export interface ObjectSchema {
  readonly info: ResourceInfo;
  /** Checks, defaults and prunes one object; pure. */
  admit(request: AdmitRequest): Admitted;
  /** Field selectors beside metadata.name and metadata.namespace: paths like `status.phase`. */
  readonly selectableFields: readonly string[];
  /** For strategic merge patch; undefined where Kubernetes answers such a patch with 415 (custom resources). */
  readonly mergeSchema: Schema | undefined;
  /**
   * For /openapi/v3: the components that this kind adds, by full name; the first is the kind itself. They may refer
   * (`#/components/schemas/…`) to those of `openapiDefinitions`, which the built-in kinds all share.
   */
  readonly openapi: Readonly<Record<string, JsonObject>>;
  /** Columns that the CRD declares; empty for built-in kinds (table.ts of the API has theirs). */
  readonly columns: readonly PrinterColumn[];
}
