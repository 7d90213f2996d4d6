import { describe, expect, it } from 'vitest';
import { toOpenApi } from './openapi.ts';
import { problemKinds } from './problemCodes.ts';
import { routes } from './routes.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean }[];
  responses: Record<string, unknown>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

const document = toOpenApi(routes, '1.2.3') as unknown as Document;

describe('toOpenApi', () => {
  it('describes every route once, by its name', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(routes).sort());
  });

  it('declares each parameter of a path', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(operations)) {
        const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        expect(declared).toEqual(named);
      }
    }
  });

  it('names every status that a route may refuse with', () => {
    for (const [name, route] of Object.entries(routes)) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      for (const code of route.problems) {
        expect(Object.keys(operation?.responses ?? {}), `${name} ${code}`).toContain(
          String(problemKinds[code].status),
        );
      }
    }
  });

  it('points only to schemas that it holds', () => {
    const pointers = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    const named = new Set([...pointers].map(([, name]) => name ?? ''));
    expect([...named].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });

  it('describes each named schema where it stands, and not by pointing elsewhere', () => {
    const pointing = Object.entries(document.components.schemas).filter(
      ([, schema]) => '$ref' in (schema as object),
    );
    expect(pointing).toEqual([]);
  });
});
