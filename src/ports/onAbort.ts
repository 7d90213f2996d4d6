import { setMaxListeners } from 'node:events';

/**
 * Calls `fn` once when the signal is aborted (at once if it is). Returns the function that forgets it, safe to call
 * twice. However many listen to one signal, Node does not warn: a signal that lives as long as the process has many.
 */
export function onAbort(signal: AbortSignal | undefined, fn: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    fn();
    return () => {};
  }
  setMaxListeners(0, signal);
  signal.addEventListener('abort', fn, { once: true });
  return () => signal.removeEventListener('abort', fn);
}
