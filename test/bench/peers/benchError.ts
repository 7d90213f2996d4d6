/** What the caller can do something about: one sentence that says what, why and what to do. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
