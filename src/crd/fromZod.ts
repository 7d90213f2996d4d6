import * as z from 'zod';
import type { StructuralSchema } from './structuralSchema.ts';

/** Words of JSON schema that a structural schema has too. */
const KEPT = [
  'type',
  'format',
  'enum',
  'default',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'required',
] as const;

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The structural schema that says the same as a zod schema. Unknown fields of strict objects are not refused by it but
 * pruned, or refused where the client asks for strict validation; those of loose ones are kept.
 */
export function fromZod(schema: z.ZodType): StructuralSchema {
  return structural(z.toJSONSchema(schema, { unrepresentable: 'any', target: 'openapi-3.0' }));
}

function structural(schema: JsonSchema): StructuralSchema {
  const result: StructuralSchema = Object.fromEntries(
    KEPT.filter((word) => schema[word] !== undefined).map((word) => [word, schema[word]]),
  );
  const { properties, items, additionalProperties } = schema;
  // The API server keeps no empty map: a definition that held one would never look installed.
  if (isSchema(properties) && Object.keys(properties).length > 0) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, structural(inner as JsonSchema)]),
    );
  }
  if (isSchema(items)) {
    result.items = structural(items);
  }
  if (isSchema(additionalProperties)) {
    if (Object.keys(additionalProperties).length === 0) {
      result['x-kubernetes-preserve-unknown-fields'] = true;
    } else {
      result.additionalProperties = structural(additionalProperties);
    }
  }
  return result;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
