import * as z from 'zod';
import { PROBLEM_TYPE } from './problem.ts';
import { type ProblemCode, problemKinds } from './problemCodes.ts';
import { problemSchema } from './problemSchema.ts';
import { type Answer, commonProblems, type Route } from './route.ts';

type Json = Record<string, unknown>;

/**
 * The OpenAPI 3.1 document of a table of routes. Named schemas (`meta.id`) become components. The same table and
 * version give the same document, so a generated file can be compared.
 */
export function toOpenApi(routes: Readonly<Record<string, Route>>, version: string): Json {
  const paths: Record<string, Json> = {};
  const components: Record<string, Json> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operation(name, route, components);
  }
  components['Problem'] = jsonSchema(problemSchema, 'output', components);
  return {
    openapi: '3.1.0',
    info: { title: 'Endwell', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ bearer: [] }],
  };
}

function operation(name: string, route: Route, components: Record<string, Json>): Json {
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components),
    ...parametersOf(route.headers, 'header', components),
  ];
  return {
    operationId: name,
    summary: route.summary,
    description: `Rights of the caller: ${route.rights}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, components) }),
    responses: { ...goodAnswers(route, components), ...refusals(route) },
  };
}

function requestBody(body: z.ZodType, components: Record<string, Json>): Json {
  const required = !body.safeParse(undefined).success;
  return { required, content: { 'application/json': { schema: jsonSchema(body, 'input', components) } } };
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: 'path' | 'query' | 'header',
  components: Record<string, Json>,
): Json[] {
  if (schema === undefined) return [];
  const object = jsonSchema(schema, 'input', components);
  const required = new Set(Array.isArray(object['required']) ? (object['required'] as string[]) : []);
  return Object.entries((object['properties'] ?? {}) as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property;
    return {
      name,
      in: place,
      required: place === 'path' || required.has(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function goodAnswers(route: Route, components: Record<string, Json>): Json {
  const entries = Object.entries(route.answers).map(([status, answer]) => [status, good(answer, components)]);
  return Object.fromEntries(entries) as Json;
}

function good(answer: Answer, components: Record<string, Json>): Json {
  const forms = [
    ...(answer.schema === undefined && answer.mediaType !== undefined
      ? []
      : [['application/json', { schema: schemaOf(answer, components) }]]),
    ...(answer.mediaType === undefined ? [] : [[answer.mediaType, { schema: { type: 'string' } }]]),
  ];
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return {
    description: answer.description,
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) as Json }),
    content: Object.fromEntries(forms) as Json,
  };
}

function schemaOf({ schema }: Answer, components: Record<string, Json>): Json {
  return schema === undefined ? { type: 'string' } : jsonSchema(schema, 'output', components);
}

/** One answer a status; the codes that share it stand in its description. */
function refusals(route: Route): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...route.problems, ...commonProblems]) {
    const { status } = problemKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `${code}: ${problemKinds[code].title}`).join('. '),
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs,
    ...result
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: made }) => dropUnsafeBounds(made),
  }) as Json & { $defs?: Record<string, Json> };
  for (const [id, definition] of Object.entries($defs ?? {})) {
    components[id] ??= withoutId(refsToComponents(definition));
  }
  const id = schema.meta()?.['id'];
  if (typeof id !== 'string') return refsToComponents(result);
  // A schema with named parts is itself a definition there, and the result only points to it.
  if ($defs?.[id] === undefined) components[id] = withoutId(refsToComponents(result));
  const pointer = { $ref: `#/components/schemas/${id}` };
  return id === 'Problem' ? (components[id] ?? pointer) : pointer;
}

/** zod writes the bounds of safe integers; they say nothing to a reader. */
function dropUnsafeBounds(schema: Json): void {
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
}

function withoutId(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'id'));
}

function refsToComponents(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
