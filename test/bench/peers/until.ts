import { setTimeout as delay } from 'node:timers/promises';
import { BenchError } from './benchError.ts';

const LOOK_AGAIN_MS = 200;

/** Resolves when `isSo` is true or a promise of it; throws, naming `what`, after so many seconds. */
export async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < end) {
    try {
      if (await isSo()) return;
    } catch (error) {
      last = error;
    }
    await delay(LOOK_AGAIN_MS);
  }
  throw new BenchError(`waiting ${seconds} s for ${what}: in vain`, { cause: last });
}
