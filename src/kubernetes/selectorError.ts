/** A label or field selector that can't be read. The message quotes it. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
