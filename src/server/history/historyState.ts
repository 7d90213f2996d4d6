import { type Api, json, type Reply } from '../http/api.ts';

/** `GET /history`: asks the database and the log store, so that the answer is of now. */
export async function historyState({ stores }: Api): Promise<Reply> {
  const problem = stores === undefined ? null : await problemOf([stores.history, stores.logs]);
  return json(200, { configured: stores !== undefined, wholeLogs: stores?.logs !== undefined, problem });
}

async function problemOf(
  stores: readonly ({ ready(): Promise<void> } | undefined)[],
): Promise<string | null> {
  try {
    for (const store of stores) await store?.ready();
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? '';
  }
}
