import { ApiError, ApiUnreachableError } from '../../contract/apiError.ts';
import type { ApiClient } from '../../contract/client.ts';
import { readSse } from '../../contract/sse.ts';
import type { RunRef } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import { sleep } from '../../ports/clock.ts';
import { CliError, EXIT } from '../cliError.ts';
import type { CliContext } from '../context.ts';
import { requestOf, runArgument } from '../runRef.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A restart of the server, or of `up`, takes less. */
const GIVE_UP_MS = 60_000;

/**
 * The states of a run until it has ended, each once. A stream that breaks is taken up again where it was; after a minute
 * without any answer it throws (exit code 5). Ends quietly when the run is deleted.
 */
export async function* runStates(
  context: CliContext,
  api: ApiClient,
  ref: RunRef,
  signal: AbortSignal,
): AsyncGenerator<Run> {
  let lastId: string | undefined;
  let pause = FIRST_PAUSE_MS;
  let lastContact = context.clock.monotonic();
  while (true) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
      const stream = await api.open('runEvents', { ...requestOf(ref), headers, signal });
      for await (const { event, data, id } of readSse(stream.bytes)) {
        lastContact = context.clock.monotonic();
        pause = FIRST_PAUSE_MS;
        lastId = id ?? lastId;
        if (event === 'run') yield JSON.parse(data) as Run;
        if (event === 'end' || event === 'deleted') return;
      }
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      if (error instanceof ApiError && error.status === 404 && lastId !== undefined) return;
      refuseToWaitLonger(error, context.clock.monotonic() - lastContact, ref);
    }
    await sleep(context.clock, pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ApiUnreachableError) return true;
  return error instanceof ApiError && (error.status >= 500 || error.status === 429 || error.status === 404);
}

function refuseToWaitLonger(error: unknown, silentMs: number, ref: RunRef): void {
  if (error instanceof ApiError && error.status === 404) throw error;
  if (silentMs < GIVE_UP_MS) return;
  throw new CliError(
    `lost the API for ${Math.round(silentMs / 1000)} s: ${(error as Error).message}; the run goes on: endwell run watch ${runArgument(ref)} --namespace ${ref.namespace}`,
    EXIT.unreachable,
    { cause: error },
  );
}
