import { RunIdReusedError } from '../../actions/pipeline/runPipeline.ts';
import { failureSentence, namespaceMissing, type PipelineVerb } from '../../core/pipeline/failure.ts';
import { ForbiddenError, InvalidError, KubeError, NotFoundError } from '../../kube/errors.ts';
import { Refusal } from '../http/refusal.ts';
import { refusalOf } from '../http/refusalOf.ts';

/** What was to be done, to what. */
export interface Doing {
  readonly verb: PipelineVerb;
  readonly name: string;
  readonly namespace: string;
}

/** Does something with pipelines; what the cluster refuses is answered with the sentence that says what to look at. */
export async function saying<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalFor(doing, error);
  }
}

function refusalFor(doing: Doing, error: unknown): unknown {
  if (error instanceof RunIdReusedError)
    return new Refusal('IdempotencyKeyReused', error.message, { cause: error });
  const known = refusalOf(error);
  if (known === undefined || !(error instanceof KubeError) || error.status === undefined)
    return known ?? error;
  if (error instanceof NotFoundError && error.details.kind === 'namespaces')
    return new Refusal('NotFound', namespaceMissing(doing.namespace), { cause: error });
  // Quotas, webhooks and schemas say themselves what is wrong, and where.
  const { code, problems } = known.problem;
  const isOwnRight = error instanceof ForbiddenError && code === 'ServerForbidden';
  const told = isOwnRight || error instanceof InvalidError ? error.message : known.problem.detail;
  const detail = failureSentence(doing.verb, doing, { code: error.status, message: told });
  const { retryAfterSeconds } = known;
  return new Refusal(code, detail, {
    cause: error,
    ...(problems === undefined ? {} : { problems }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
