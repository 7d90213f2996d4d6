import {
  ForbiddenError,
  KubeconfigError,
  KubeError,
  NotFoundError,
  TooManyRequestsError,
  UnauthorizedError,
  UnreachableError,
} from '../kube/errors.ts';

/** One line for a person: what doesn't work, why, and how to mend it. */
export function describeTrouble(what: string, error: unknown): string {
  const message = firstLine(error);
  return `${what}: ${message}${mend(error)}`;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? '';
}

function mend(error: unknown): string {
  if (!(error instanceof KubeError) || error instanceof KubeconfigError) return '';
  if (error instanceof UnauthorizedError) {
    return '; the credentials are missing or expired: renew the token (kubectl create token …) or the kubeconfig';
  }
  if (error instanceof ForbiddenError) {
    return '; a right is missing: grant it to the identity that the message names (the install manifest has them all)';
  }
  if (error instanceof NotFoundError)
    return '; install the CRDs: endwell crds | kubectl apply --server-side -f -';
  if (error instanceof UnreachableError) return '; check the address of the API server and the network to it';
  if (error instanceof TooManyRequestsError) return '; the API server is overloaded, it is tried again';
  return '';
}
