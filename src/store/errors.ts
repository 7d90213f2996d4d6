/** Whatever storage rejects with. Which class it is says what a caller can do. */
export abstract class StoreError extends Error {
  /** What to do about it, as a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string, cause?: unknown) {
    super(`${message}. ${advice}`, { cause });
    this.name = new.target.name;
    this.advice = advice;
  }
}

/** It does not answer now, or broke off: whether the last call took effect is not known. Try again; everything is safe to repeat. */
export class StoreUnavailable extends StoreError {}

/** It is being opened, which takes seconds where a database has to be made first: nothing is wrong. Ask again in a moment. */
export class StoreOpening extends StoreUnavailable {}

/** It has no room, or takes no writes. Reads work; keep what was to be written and try again, slowly. */
export class StoreFull extends StoreError {}

/** Its schema was written by a newer version of Endwell (or is not ours): nothing was touched. A person must act. */
export class StoreVersion extends StoreError {}

/** The log-in or a right is refused, or the setting names no database. A person must act; try again, slowly. */
export class StoreDenied extends StoreError {}

/** This very call can't be carried out, however often it is repeated: leave it out and say so. */
export class StoreRefused extends StoreError {}
