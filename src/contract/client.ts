import type { Fetch } from '../ports/fetch.ts';
import { ApiError, ApiUnreachableError } from './apiError.ts';
import { type Problem, problemSchema } from './problem.ts';
import type { AnswerBody, Given, Route } from './route.ts';
import { type RouteName, type Routes, routes } from './routes.ts';

/** Where the API is and who calls it. */
export interface ApiClientOptions {
  /** Without a path: `http://127.0.0.1:7600`. */
  readonly baseUrl: string;
  readonly token?: string;
  readonly fetch: Fetch;
}

type Part<R extends Route, P extends 'params' | 'query' | 'body' | 'headers'> =
  Given<R, P> extends undefined ? { readonly [K in P]?: never } : PartOf<P, Given<R, P>>;
type PartOf<P extends string, G> =
  Partial<G> extends G
    ? { readonly [K in P]?: G }
    : undefined extends G
      ? { readonly [K in P]?: G }
      : { readonly [K in P]: G };

/** What a call of one route takes. */
export type CallInput<R extends Route> = Part<R, 'params'> &
  Part<R, 'query'> &
  Part<R, 'body'> &
  Part<R, 'headers'> & { readonly signal?: AbortSignal };

/** A good answer with a JSON body. */
export interface CallAnswer<B> {
  readonly status: number;
  readonly body: B;
}

/** An answer that is read as it comes. */
export interface OpenAnswer {
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** Throws `ApiUnreachableError` when the connection breaks. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Speaks to one server. Methods throw `ApiError` for a refusal, `ApiUnreachableError` when no answer came. */
export interface ApiClient {
  readonly baseUrl: string;
  call<N extends RouteName>(name: N, input: CallInput<Routes[N]>): Promise<CallAnswer<AnswerBody<Routes[N]>>>;
  /** For routes that answer with a stream of bytes. */
  open<N extends RouteName>(name: N, input: CallInput<Routes[N]>): Promise<OpenAnswer>;
}

type Texts = Readonly<Record<string, string | number | boolean | undefined>>;

interface LooseInput {
  readonly params?: Texts;
  readonly query?: Texts;
  readonly headers?: Texts;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Makes a client of one server. It keeps no state beside its options. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const send = async (name: RouteName, input: LooseInput): Promise<Response> => {
    const url = `${baseUrl}${pathOf(routes[name], input)}`;
    const response = await answerOf(options.fetch, url, requestOf(routes[name], input, options.token));
    if (!response.ok) throw new ApiError(await readProblem(response, url));
    return response;
  };
  return {
    baseUrl,
    async call<N extends RouteName>(name: N, input: CallInput<Routes[N]>) {
      const response = await send(name, input as LooseInput);
      const body = (await readJson(response, response.url)) as AnswerBody<Routes[N]>;
      return { status: response.status, body };
    },
    async open(name, input) {
      const response = await send(name, input as LooseInput);
      return {
        header: (header) => response.headers.get(header) ?? undefined,
        bytes: readBytes(response),
      };
    },
  };
}

function pathOf(route: Route, input: LooseInput): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(input.params?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function requestOf(route: Route, input: LooseInput, token: string | undefined): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json, */*' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (input.body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value !== undefined) headers[name] = String(value);
  }
  return {
    method: route.method,
    headers,
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  };
}

async function answerOf(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiUnreachableError(url, reasonOf(cause), { cause });
  }
}

async function readProblem(response: Response, url: string): Promise<Problem> {
  const read = problemSchema.safeParse(await readJson(response, url));
  if (read.success) return read.data as Problem;
  throw new ApiUnreachableError(
    url,
    `something answered with status ${response.status} that is no Endwell server`,
  );
}

async function readJson(response: Response, url: string): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    throw new ApiUnreachableError(url, reasonOf(cause), { cause });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiUnreachableError(
      url,
      `something answered with status ${response.status} that is no Endwell server`,
      { cause },
    );
  }
}

async function* readBytes(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause;
    throw new ApiUnreachableError(response.url, reasonOf(cause), { cause });
  }
}

/** fetch says only "fetch failed"; the words that help stand in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? reasonOf(cause) : error.message;
}
