import type { Storage } from './storage.ts';

/** A storage that keeps nothing: the registry's own memory is all there is. For tests and simulation. */
export function memoryStorage(): Storage {
  return {
    load: async () => ({ resourceVersion: 0, objects: [] }),
    commit: () => undefined,
    close: async () => {},
  };
}
