import { ApiUnreachableError } from '../../../contract/apiError.ts';
import type { ApiClient } from '../../../contract/client.ts';
import { logHeaders, MAX_LOG_BYTES } from '../../../contract/logAnswer.ts';
import { sleep } from '../../../ports/clock.ts';
import { EXIT, type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { parseSeconds } from '../../output/duration.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { namespaceOf, type RunOptions, withApi } from './runOptions.ts';

/** Options of `run logs`. */
export interface LogsOptions extends RunOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly container?: string;
  readonly attempt?: string;
  readonly stage?: string;
}

/** What is said of a log whose pod is gone, by the source of the answer; a whole one needs no word. */
const NOTES: Readonly<Record<string, string>> = {
  status: 'this is the end of the log that the run kept, at most 1 KiB',
  history: 'this is the end of the log that the history kept, at most 64 KiB',
};

const PAUSE_MS = 500;
/** Lost connections in a row without a byte between them. */
const MOST_BREAKS = 20;

/** `endwell run logs`. */
export async function logs(context: CliContext, name: string, options: LogsOptions): Promise<ExitCode> {
  const request = requestFor(name, options);
  return withApi(context, options, async ({ api }) => {
    if (options.follow === true) await follow(context, api, request);
    else await printAll(context, api, request);
    return EXIT.ok;
  });
}

type LogRequest = ReturnType<typeof requestFor>;

function requestFor(name: string, options: LogsOptions) {
  const { params, query } = requestOf(readRunRef(name, namespaceOf(options)));
  const { container } = options;
  const stage = stageOf(options.stage);
  const sinceSeconds = options.since === undefined ? undefined : parseSeconds(options.since);
  if (options.since !== undefined && sinceSeconds === undefined) {
    throw usageError(`--since ${options.since}: it must be a span, as 30s, 5m or 2h`);
  }
  const wish = {
    ...query,
    ...(stage === undefined ? {} : { stage }),
    ...(container === undefined ? {} : { container }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...numberOf('attempt', '--attempt', options.attempt),
    ...numberOf('tailLines', '--tail', options.tail),
  };
  return { params, query: wish };
}

function stageOf(text: string | undefined): 'main' | 'exit' | undefined {
  if (text === undefined || text === 'main' || text === 'exit') return text;
  throw usageError(`--stage ${text}: it must be main or exit`);
}

function numberOf<K extends string>(key: K, flag: string, text: string | undefined): { [P in K]?: number } {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${flag} ${text}: it must be a whole number`);
  return { [key]: Number(text) } as { [P in K]?: number };
}

/** Part by part, so that a log of any length fits. */
async function printAll(context: CliContext, api: ApiClient, { params, query }: LogRequest): Promise<void> {
  let after: string | undefined;
  while (true) {
    const at = after === undefined ? {} : { after };
    const signal = context.interrupted;
    const answer = await api.open('runLogs', {
      params,
      query: { ...query, ...at, limitBytes: MAX_LOG_BYTES },
      signal,
    });
    const length = await print(context, answer.bytes);
    const note = NOTES[answer.header(logHeaders.source) ?? ''];
    if (note !== undefined) context.err(`(the pod is gone: ${note})\n`);
    after = answer.header(logHeaders.after);
    if (after === undefined || length < MAX_LOG_BYTES) return;
  }
}

/** A connection that breaks is taken up behind the last byte, where the place of that is known. */
async function follow(context: CliContext, api: ApiClient, { params, query }: LogRequest): Promise<void> {
  let after: number | undefined;
  let breaks = 0;
  while (!context.interrupted.aborted) {
    try {
      const at = after === undefined ? {} : { after };
      const input = { params, query: { ...query, ...at, follow: 'true' as const } };
      // What runs may write nothing for hours.
      const answer = await api.open('runLogs', { ...input, signal: context.interrupted, silenceMs: 0 });
      const start = answer.header(logHeaders.after);
      after = start === undefined ? undefined : Number(start);
      for await (const chunk of answer.bytes) {
        context.outBytes(chunk);
        breaks = 0;
        if (after !== undefined) after += chunk.length;
      }
      return;
    } catch (error) {
      if (context.interrupted.aborted) return;
      breaks += 1;
      if (!(error instanceof ApiUnreachableError) || after === undefined || breaks > MOST_BREAKS) throw error;
    }
    await sleep(context.clock, PAUSE_MS, context.interrupted).catch(() => {});
  }
}

async function print(context: CliContext, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of bytes) {
    context.outBytes(chunk);
    length += chunk.length;
  }
  return length;
}
