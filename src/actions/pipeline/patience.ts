import { ConflictError, isTransient, KubeError } from '../../kube/errors.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';

/** What waiting for another try needs. */
export interface Waiting {
  readonly clock: Clock;
  readonly random: Random;
}

/** Tries in all: with the pauses below about 4 s, which a person who waits for an answer still bears. */
const MAX_TRIES = 5;
/** The first pause, ms; each further one is twice as long. */
const FIRST_PAUSE_MS = 250;

/**
 * Does `work` again while its error is one that goes by itself (an overloaded or absent API server, another writer who was
 * first), at most five times. The server's Retry-After is kept where it names one. Throws the last error.
 */
export async function patiently<T>({ clock, random }: Waiting, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= MAX_TRIES || !isWorthAnotherTry(error)) throw error;
      await sleep(clock, pauseMs(tries, error, random));
    }
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  return isTransient(error) || error instanceof ConflictError;
}

/** Between half and all of the pause, so that two who clashed don't clash again. */
function pauseMs(tries: number, error: unknown, random: Random): number {
  const wished = error instanceof KubeError ? error.retryAfterMs : undefined;
  return wished ?? FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + random() / 2);
}
