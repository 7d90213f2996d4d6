/** One object's new JSON, or its removal. */
export interface StorageWrite {
  readonly key: string;
  /** JSON text; undefined removes the key. */
  readonly value: string | undefined;
}

/** What a storage held when it was opened. */
export interface LoadedState {
  /** The highest resourceVersion that was ever committed; 0 in a new storage. */
  readonly resourceVersion: number;
  readonly objects: readonly { readonly key: string; readonly value: string }[];
}

/** Where the objects live. A storage holds text under keys and knows nothing of Kubernetes. */
export interface Storage {
  /** Everything that is stored; called once, before the first commit. */
  load(): Promise<LoadedState>;
  /**
   * Stores all of the writes or none, with the resourceVersion of the last one. Undefined when that is done on
   * return (memory); a promise resolves when it is on disk and rejects when it isn't.
   */
  commit(writes: () => readonly StorageWrite[], resourceVersion: number): Promise<void> | undefined;
  /**
   * Opens itself anew after a commit that failed, and stores `state` over whatever that commit may have left behind.
   * Rejects, and may be asked again, while it can't. Left out: a commit never fails.
   */
  mend?(state: readonly StorageWrite[], resourceVersion: number): Promise<void>;
  close(): Promise<void>;
}
