import type { Clock } from '../../ports/clock.ts';
import { StoreOpening } from '../../store/errors.ts';
import type { HistoryStore } from '../../store/types.ts';

/** What the server asks of the history; it writes nothing there. */
export type HistoryReader = Pick<
  HistoryStore,
  'ready' | 'problem' | 'list' | 'getByName' | 'evidenceOf' | 'statusRows'
>;

/** Whoever asks a history that is not open waits so long, ms: to be told why is worth more than to wait for a minute. */
const PATIENCE_MS = 1000;

/**
 * The history, but nobody waits for its first opening: a question that it does not answer within a second, because it is not
 * open, is refused with `StoreOpening`, or with what kept it from being opened before. One that is open is waited for.
 */
export function historyReader(history: HistoryStore, clock: Clock): HistoryReader {
  const ask = <T>(answer: Promise<T>) => orRefusal(history, clock, answer);
  return {
    ready: () => ask(history.ready()),
    problem: () => history.problem(),
    list: (query) => ask(history.list(query)),
    getByName: (namespace, name) => ask(history.getByName(namespace, name)),
    evidenceOf: (uid) => ask(history.evidenceOf(uid)),
    statusRows: (uid) => ask(history.statusRows(uid)),
  };
}

function orRefusal<T>(history: HistoryStore, clock: Clock, answer: Promise<T>): Promise<T> {
  if (history.isOpen()) return answer;
  return new Promise((resolve, reject) => {
    const timer = clock.after(PATIENCE_MS, () => {
      if (!history.isOpen()) reject(history.problem() ?? opening());
    });
    void answer.then(resolve, reject).finally(() => timer.cancel());
  });
}

function opening(): StoreOpening {
  return new StoreOpening(
    'reading history: it is being opened',
    'That takes seconds where its database has to be made first; ask again in a moment',
  );
}
