import type { z } from 'zod';
import type { Address } from './addresses.ts';
import type { ProblemCode } from './problemCodes.ts';

/** One good answer of a route. */
export interface Answer {
  readonly description: string;
  /** Of the JSON body; left out for a stream, for text and for no body. */
  readonly schema?: z.ZodType;
  /** Media type of a body that is not JSON; beside `schema`: of the other form that the query may ask for. */
  readonly mediaType?: string;
  /** Headers that carry part of the answer, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route: what server, client and OpenAPI document are made from. */
export interface Route extends Address {
  readonly summary: string;
  /** The Kubernetes rights that the caller needs, in words. */
  readonly rights: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Request headers that the route reads. */
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals of this route beside `commonProblems`. */
  readonly problems: readonly ProblemCode[];
}

/** Refusals that every route may answer with. */
export const commonProblems = [
  'BadRequest',
  'Unauthenticated',
  'Forbidden',
  'TooManyRequests',
  'Internal',
  'ServerForbidden',
  'NotInstalled',
  'ClusterUnavailable',
  'ShuttingDown',
] as const satisfies readonly ProblemCode[];

type SchemaOf<R extends Route, P extends 'params' | 'query' | 'body' | 'headers'> = R extends {
  readonly [K in P]: infer S extends z.ZodType;
}
  ? S
  : undefined;

/** What a handler gets: the parsed part of the request, undefined where the route has none. */
export type Parsed<R extends Route, P extends 'params' | 'query' | 'body' | 'headers'> =
  SchemaOf<R, P> extends z.ZodType ? z.output<SchemaOf<R, P>> : undefined;

/** What a caller gives for one part of the request. */
export type Given<R extends Route, P extends 'params' | 'query' | 'body' | 'headers'> =
  SchemaOf<R, P> extends z.ZodType ? z.input<SchemaOf<R, P>> : undefined;

/** The JSON bodies that a route may answer with. */
export type AnswerBody<R extends Route> = {
  [S in keyof R['answers']]: R['answers'][S] extends { readonly schema: infer B extends z.ZodType }
    ? z.output<B>
    : never;
}[keyof R['answers']];
