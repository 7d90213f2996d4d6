import { afterAll, beforeAll } from 'vitest';

/** Opens something before the tests of a file and closes it after them; the returned function gives it to a test. */
export function forThisFile<T extends object>(open: () => Promise<T & { close(): Promise<void> }>): () => T {
  let opened: (T & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => {
    await opened?.close();
  });
  return () => {
    if (opened === undefined) throw new Error('reading what a test file opens: it is not open');
    return opened;
  };
}
