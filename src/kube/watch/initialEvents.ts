import type { KubeObject, WatchEvent } from '../types.ts';
import { objectKey } from './store.ts';

/** Collects what a WatchList stream sends before it says that it was all. */
export class InitialEvents<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  #version: string | undefined;

  /** The version that the objects are of; undefined until the server has said the end. */
  get version(): string | undefined {
    return this.#version;
  }

  get isComplete(): boolean {
    return this.#version !== undefined;
  }

  add(event: WatchEvent<T>): void {
    if (event.type === 'BOOKMARK') {
      if (event.initialEventsEnd) this.#version = event.resourceVersion;
      return;
    }
    const key = objectKey(event.object.metadata ?? {});
    if (event.type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, event.object);
  }

  objects(): T[] {
    return [...this.#objects.values()];
  }
}
