/** A request to Kubernetes that failed, as far as the sentence about it needs to know. */
export interface FailedRequest {
  /** HTTP status. */
  readonly code: number;
  /** Kubernetes' whole message. */
  readonly message: string;
}

/** What was being done. */
export type PipelineVerb = 'deploy' | 'trigger' | 'delete' | 'toggle' | 'kill' | 'run';

/** What to look at, by HTTP status. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'The token of the ServiceAccount was not accepted: look at it and at its RBAC.',
  403: 'The ServiceAccount lacks permissions: look at its Role and RoleBinding.',
  404: 'Not found: look at the namespace and the name.',
  409: 'Conflict: somebody else changed it at the same time; try again.',
  422: 'The specification is invalid: look at what the message names.',
  429: 'Kubernetes limits the rate of requests: send fewer, or try later.',
};

/** The sentence about a request of the pipeline client that failed, with what to do about it where that is known. */
export function failureSentence(
  verb: PipelineVerb,
  what: { readonly name: string; readonly namespace: string },
  { code, message }: FailedRequest,
): string {
  const hint = HINTS[code];
  const said = message.replace(/\.+$/, '');
  return `Failed to ${verb} '${what.name}' in namespace '${what.namespace}': HTTP ${code} - ${said}.${hint === undefined ? '' : ` ${hint}`}`;
}

/** What a client is told when the namespace of pipelines is not there. */
export function namespaceMissing(namespace: string): string {
  return `Namespace '${namespace}' does not exist. Create it with: kubectl create namespace ${namespace}`;
}
