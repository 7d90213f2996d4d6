/** A refusal in the dialect of OpenMetadata's plugin for Airflow: a status, and `{error}`. */
export class DialectError extends Error {
  override readonly name = 'DialectError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Something that the request has to say is missing. */
export function missingArgument(name: string): DialectError {
  return new DialectError(400, `Missing required request argument: ${name}`);
}

/** Nothing of that name is deployed. */
export function notFound(dagId: string): DialectError {
  return new DialectError(404, `DAG ${dagId} not found.`);
}
