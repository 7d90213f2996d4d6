import {
  AlreadyExistsError,
  AnswerLostError,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  KubeError,
  MalformedAnswerError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnauthorizedError,
  UnreachableError,
} from '../../kube/errors.ts';
import { StoreError, StoreOpening, StoreRefused } from '../../store/errors.ts';
import { Refusal } from './refusal.ts';

/** Seconds after which a busy or absent cluster is worth another try, where it names none itself. */
const RETRY_SECONDS = 2;

/**
 * The refusal that an error of the cluster amounts to. Undefined for an error that is none of the cluster's: a fault
 * of ours.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreRefused) return new Refusal('BadRequest', error.message, { cause: error });
  if (error instanceof StoreError) return historyAway(error);
  if (!(error instanceof KubeError)) return undefined;
  if (error instanceof NotFoundError) return notFound(error);
  if (error instanceof AlreadyExistsError)
    return new Refusal('AlreadyExists', error.message, { cause: error });
  if (error instanceof ConflictError) return new Refusal('Conflict', error.message, { cause: error });
  if (error instanceof InvalidError || error instanceof BadRequestError) return invalid(error);
  if (error instanceof ForbiddenError) return forbidden(error);
  if (error instanceof UnauthorizedError) return ownCredential(error);
  if (error instanceof TooManyRequestsError) return later('TooManyRequests', error);
  if (isUnavailable(error)) return later('ClusterUnavailable', error);
  return undefined;
}

function historyAway(error: StoreError): Refusal {
  const code = error instanceof StoreOpening ? 'HistoryOpening' : 'HistoryUnavailable';
  return new Refusal(code, error.message, { cause: error, retryAfterSeconds: RETRY_SECONDS });
}

function isUnavailable(error: KubeError): boolean {
  return (
    error instanceof UnreachableError ||
    error instanceof AnswerLostError ||
    error instanceof ServerError ||
    error instanceof GoneError ||
    error instanceof MalformedAnswerError
  );
}

/** A 404 without a name is of the path: the cluster does not serve the resource at all. */
function notFound(error: NotFoundError): Refusal {
  const { name, kind } = error.details;
  if (name === undefined || name === '') {
    return new Refusal(
      'NotInstalled',
      `${error.message}; install the resources: endwell crds | kubectl apply --server-side -f -`,
      { cause: error },
    );
  }
  const what = kind === 'namespaces' ? 'namespace' : (kind ?? 'object');
  return new Refusal('NotFound', `${what} ${name} does not exist`, { cause: error });
}

function invalid(error: KubeError): Refusal {
  const problems = error.causes.map(({ field, message }) => ({ field, message }));
  return new Refusal('SpecInvalid', error.message, {
    cause: error,
    ...(problems.length > 0 ? { problems } : {}),
  });
}

/** Quota and webhooks refuse the object; anything else says that the server itself lacks the right. */
function forbidden(error: ForbiddenError): Refusal {
  if (error.causes.some(({ reason }) => reason === 'NamespaceTerminating')) {
    return new Refusal(
      'NamespaceTerminating',
      'the namespace is being deleted: nothing can be created in it',
      {
        cause: error,
      },
    );
  }
  if (/exceeded quota|admission webhook|violates PodSecurity/.test(error.message)) {
    return new Refusal('SpecInvalid', error.message, { cause: error });
  }
  return new Refusal('ServerForbidden', `the server lacks a right: ${error.message}`, { cause: error });
}

function ownCredential(error: UnauthorizedError): Refusal {
  return new Refusal(
    'ClusterUnavailable',
    `the cluster does not accept the server's own token: ${error.message}; give it a fresh one`,
    { cause: error },
  );
}

function later(code: 'TooManyRequests' | 'ClusterUnavailable', error: KubeError): Refusal {
  const wished = error.retryAfterMs === undefined ? RETRY_SECONDS : Math.ceil(error.retryAfterMs / 1000);
  return new Refusal(code, error.message, { cause: error, retryAfterSeconds: wished });
}
