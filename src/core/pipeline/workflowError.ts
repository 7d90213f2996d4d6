/** A pipeline whose workflow can't be built; the message says what it lacks and what to do. */
export class WorkflowError extends Error {
  override readonly name = 'WorkflowError';
}
