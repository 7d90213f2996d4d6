import type { ApiClient } from '../../../contract/client.ts';
import type { Finding } from './checks.ts';

/** Is there a history, and does it answer the server? Without one the product works: it is recommended, not demanded. */
export async function checkHistory(api: ApiClient): Promise<Finding> {
  const check = 'history';
  const { configured, wholeLogs, opening, problem } = (await api.call('historyState', {})).body;
  if (!configured) {
    const advice = 'recommended is a database: start operator and server with --database-url';
    return { check, ok: true, said: `none, so that evidence goes with its run; ${advice}` };
  }
  if (opening) {
    return {
      check,
      ok: true,
      said: 'is being opened, which takes seconds the first time; ask again in a moment',
    };
  }
  if (problem !== null)
    return { check, ok: false, said: problem, fix: 'runs go on; mend the database or log store' };
  if (wholeLogs) return { check, ok: true, said: 'answers, and whole logs have their store' };
  return {
    check,
    ok: true,
    said: 'answers; of logs the last 64 KiB are kept, and all of them with --log-store',
  };
}
