import { setTimeout as delay } from 'node:timers/promises';

/** How long a condition may take before the test gives up: a safety net, never a measure. */
const PATIENCE_MS = 90_000;
const LOOK_AGAIN_MS = 40;

/** The first value of `read` that is neither undefined nor false; throws, naming `what`, when patience ends. */
export async function eventually<T>(
  read: () => Promise<T | undefined | false> | T | undefined | false,
  what: string | (() => string),
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end)
      throw new Error(`waited ${patienceMs} ms for ${typeof what === 'string' ? what : what()}`);
    await delay(LOOK_AGAIN_MS);
  }
}
