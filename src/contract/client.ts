import type { HttpAnswer, HttpRequest, SendRequest } from '../ports/sendRequest.ts';
import { type Address, addresses } from './addresses.ts';
import { ApiError, ApiUnreachableError } from './apiError.ts';
import { isProblem, type Problem } from './problem.ts';
import type { AnswerBody, Given, Route } from './route.ts';
import type { RouteName, Routes } from './routes.ts';

/** Where the API is and who calls it. */
export interface ApiClientOptions {
  /** Without a path: `http://127.0.0.1:7600`. */
  readonly baseUrl: string;
  readonly token?: string;
  readonly send: SendRequest;
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
  Part<R, 'headers'> &
  Pick<HttpRequest, 'signal' | 'silenceMs'>;

/** A good answer with a JSON body. */
export interface CallAnswer<B> {
  readonly status: number;
  readonly body: B;
}

/** An answer that is read as it comes; `bytes` throws `ApiUnreachableError` when the connection breaks. */
export type OpenAnswer = Pick<HttpAnswer, 'header' | 'bytes'>;

/** Speaks to one server. Methods throw `ApiError` for a refusal, `ApiUnreachableError` when no answer came. */
export interface ApiClient {
  readonly baseUrl: string;
  call<N extends RouteName>(name: N, input: CallInput<Routes[N]>): Promise<CallAnswer<AnswerBody<Routes[N]>>>;
  /** For routes that answer with a stream of bytes. */
  open<N extends RouteName>(name: N, input: CallInput<Routes[N]>): Promise<OpenAnswer>;
}

type Texts = Readonly<Record<string, string | number | boolean | undefined>>;

interface LooseInput extends Pick<HttpRequest, 'signal' | 'silenceMs'> {
  readonly params?: Texts;
  readonly query?: Texts;
  readonly headers?: Texts;
  readonly body?: unknown;
}

/** Makes a client of one server. It keeps no state beside its options. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const send = async (name: RouteName, input: LooseInput): Promise<{ answer: HttpAnswer; url: string }> => {
    const address: Address = addresses[name];
    const url = `${baseUrl}${pathOf(address, input)}`;
    const answer = await answerOf(options.send, requestOf(address.method, url, input, options.token));
    if (answer.status < 200 || answer.status > 299) throw new ApiError(await readProblem(answer, url));
    return { answer, url };
  };
  return {
    baseUrl,
    async call<N extends RouteName>(name: N, input: CallInput<Routes[N]>) {
      const { answer, url } = await send(name, input as LooseInput);
      const body = parse(await readText(answer, url), answer, url) as AnswerBody<Routes[N]>;
      return { status: answer.status, body };
    },
    async open(name, input) {
      const { answer, url } = await send(name, input as LooseInput);
      return { header: (header) => answer.header(header), bytes: readBytes(answer, url, input.signal) };
    },
  };
}

function pathOf({ path: template }: Address, input: LooseInput): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(input.params?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

function requestOf(
  method: string,
  url: string,
  { body, headers: given = {}, signal, silenceMs }: LooseInput,
  token: string | undefined,
): HttpRequest {
  const headers: Record<string, string> = { accept: 'application/json, */*' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers[name] = String(value);
  }
  return {
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  };
}

async function answerOf(send: SendRequest, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await send(request);
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new ApiUnreachableError(request.url, reasonOf(cause), { cause });
  }
}

async function readProblem(answer: HttpAnswer, url: string): Promise<Problem> {
  const text = await readText(answer, url);
  const target = answer.header('location');
  // The API redirects nobody: to follow would be to take a page of a proxy, as one to log in, for an answer.
  if (answer.status < 400 && target !== undefined) throw redirected(answer, url, target);
  const body = parse(text, answer, url);
  if (isProblem(body)) return body;
  throw new ApiUnreachableError(url, strangerOf(answer));
}

function redirected({ status }: HttpAnswer, url: string, target: string): ApiUnreachableError {
  const place = URL.canParse(target, url) ? new URL(target, url).origin : target;
  return new ApiUnreachableError(
    url,
    `something answered with status ${status} and points to ${place}; if the API is there, give that URL`,
  );
}

async function readText(answer: HttpAnswer, url: string): Promise<string> {
  return answer.text().catch((cause: unknown) => {
    throw new ApiUnreachableError(url, reasonOf(cause), { cause });
  });
}

function parse(text: string, answer: HttpAnswer, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiUnreachableError(url, strangerOf(answer), { cause });
  }
}

function strangerOf({ status }: HttpAnswer): string {
  return `something answered with status ${status} that is no Endwell server`;
}

async function* readBytes(
  answer: HttpAnswer,
  url: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* answer.bytes;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiUnreachableError(url, reasonOf(cause), { cause });
  }
}

/** Where a name has several addresses, Node's error holds one for each, and says nothing itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
