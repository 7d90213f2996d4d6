import { StoreOpening } from '../../store/errors.ts';
import { type Api, json, type Reply } from '../http/api.ts';

/** `GET /history`: asks the database and the log store, so that the answer is of now. */
export async function historyState({ stores }: Api): Promise<Reply> {
  const state = { configured: stores !== undefined, wholeLogs: stores?.logs !== undefined };
  try {
    await stores?.history.ready();
    await stores?.logs?.ready();
    // It may answer and yet take nothing: a disk that is full.
    return json(200, { ...state, opening: false, problem: firstLine(stores?.history.problem()) });
  } catch (error) {
    if (error instanceof StoreOpening) return json(200, { ...state, opening: true, problem: null });
    return json(200, { ...state, opening: false, problem: firstLine(error as Error) });
  }
}

function firstLine(error: Error | undefined): string | null {
  return error === undefined ? null : (error.message.split('\n')[0] ?? '');
}
