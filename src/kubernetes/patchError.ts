/**
 * A patch that can't be applied. `malformed`: no object would take it (the API answers 400);
 * `unprocessable`: this object doesn't (422).
 */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly kind: 'malformed' | 'unprocessable';

  constructor(kind: 'malformed' | 'unprocessable', message: string) {
    super(message);
    this.kind = kind;
  }
}
