import { isTransient } from '../../../kube/errors.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';

/** A lost answer or a busy API server: it passes within this, or something is wrong. */
const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 300;

/** What `work` gives, tried again while it fails by what passes. Throws what does not pass, and at once when the signal is aborted. */
export async function patiently<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  const end = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || clock.monotonic() > end) throw error;
      await sleep(clock, LOOK_AGAIN_MS, signal);
    }
  }
}
