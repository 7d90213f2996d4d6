import { setMaxListeners } from 'node:events';

/** Who listens to a signal, through the one listener that it is given. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

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
  const all = listeners.get(signal) ?? listenTo(signal);
  all.add(fn);
  return () => void all.delete(fn);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listeners.set(signal, all);
  const tell = () => {
    for (const fn of all) fn();
    all.clear();
  };
  // Others may listen to it too, without this function.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', tell, { once: true });
  return all;
}
