import { ApiError } from '../../contract/apiError.ts';
import type { ApiClient } from '../../contract/client.ts';
import { sleep } from '../../ports/clock.ts';
import type { CliContext } from '../context.ts';

/** Between two questions; the server itself takes a second to say that its history is not open. */
const PAUSE_MS = 500;
const WAITING =
  'the history is being opened, which takes seconds the first time; waiting for it (Ctrl-C ends the wait)\n';

/** The API, but an answer that the history is being opened is waited out: that is said once, on standard error. */
export function awaitingHistory(
  context: Pick<CliContext, 'clock' | 'err' | 'interrupted'>,
  api: ApiClient,
): ApiClient {
  let isSaid = false;
  const until = async <T>(ask: () => Promise<T>): Promise<T> => {
    while (true) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'HistoryOpening') throw error;
      }
      if (!isSaid) context.err(WAITING);
      isSaid = true;
      await sleep(context.clock, PAUSE_MS, context.interrupted);
    }
  };
  return {
    baseUrl: api.baseUrl,
    call: (name, input) => until(() => api.call(name, input)),
    open: (name, input) => until(() => api.open(name, input)),
  };
}
