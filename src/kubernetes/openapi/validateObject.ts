import { type FieldError, notSupported, required, typeInvalid } from '../fieldError.ts';
import { isList, isObject, type Json, type JsonObject } from '../json.ts';
import { decodeObject } from './decode.ts';
import { propertySchema, type Schema } from './schema.ts';

/** How strict the check is. */
export interface ValidateOptions {
  /** `strict`: an unknown field is an error. */
  readonly unknownFields: 'strict' | 'ignore';
  /** `skip`: a part that is laid over another needn't be complete. */
  readonly requiredFields: 'check' | 'skip';
}

/**
 * What the API server would refuse by the schema alone: wrong types, unknown fields, missing ones, values that an
 * enumeration doesn't have. Rules that span fields (names of volumes that are mounted, …) are not part of a schema.
 */
export function validateObject(
  schema: Schema,
  object: JsonObject,
  options: ValidateOptions,
): readonly FieldError[] {
  const { object: decoded, unknownFields, problems } = decodeObject(schema, object);
  const errors: FieldError[] = problems.map(({ field, sentence }) =>
    typeInvalid(field, valueAt(object, field), sentence),
  );
  if (options.unknownFields === 'strict') {
    for (const field of unknownFields) {
      errors.push({
        field,
        reason: 'FieldValueForbidden',
        message: `strict decoding error: unknown field "${field}"`,
      });
    }
  }
  checkFields(schema, decoded, '', options, errors);
  return errors;
}

function checkFields(
  schema: Schema,
  value: Json,
  path: string,
  options: ValidateOptions,
  errors: FieldError[],
): void {
  if (isList(value)) {
    for (const [index, item] of value.entries()) {
      checkFields(schema.items ?? {}, item, `${path}[${index}]`, options, errors);
    }
  } else if (isObject(value)) {
    if (options.requiredFields === 'check') {
      for (const name of schema.required ?? []) {
        if (value[name] === undefined) errors.push(required(at(path, name)));
      }
    }
    for (const [name, inner] of Object.entries(value)) {
      const property = propertySchema(schema, name);
      if (property && inner !== undefined) checkFields(property, inner, at(path, name), options, errors);
    }
  } else if (schema.enum !== undefined && !schema.enum.includes(value)) {
    errors.push(
      notSupported(
        path,
        value,
        schema.enum.filter((one) => typeof one === 'string'),
      ),
    );
  }
}

function valueAt(object: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const part of path.split(/[.[\]]+/).filter((name) => name !== '')) {
    value = isList(value) ? value[Number(part)] : isObject(value) ? value[part] : undefined;
  }
  return value;
}

function at(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
