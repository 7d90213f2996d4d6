import * as z from 'zod';
import { isReasonCode } from '../reasons/catalogue.ts';
import { dedupeProblems } from './dedupeProblems.ts';
import { exitRetryProblems, retryProblems } from './retryProblems.ts';
import type { RunInput, RunSpec } from './run.ts';
import { problemsOf, type SpecProblem } from './specProblems.ts';

/** A year: longer than any job, short enough that a sum of limits stays a safe integer of milliseconds. */
const MAX_SECONDS = 31_536_000;

/** The bound of a label value; names of profiles and queues are labels of pods and metrics. */
const MAX_LABEL = 63;

/** The bound of an object's name in Kubernetes; also ample for keys and ids. */
const MAX_NAME = 253;

/** A sentence or two, as a message of ours. */
const MAX_TEXT = 1024;

/** More tries than this are a loop; a status keeps 20 attempts, retries of disruptions included. */
const MAX_RETRY_ATTEMPTS = 15;

/** Rules are read by people; a list longer than this is a mistake. */
const MAX_RULES = 20;

/** No queue needs more levels than Kubernetes' own priority classes have. */
const MAX_PRIORITY = 1_000_000_000;

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const WORD = /^[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const FILE_KEY = /^[-._a-zA-Z0-9]+$/;
/** The value stands in annotations, environment and one-line messages. */
const ONE_LINE = /^[^\n\r]+$/;

const NAMES_TWO = 'names a configMap and a secret; one of the two is allowed';

const seconds = (min: number) => z.int().min(min).max(MAX_SECONDS).exactOptional();
const line = (max: number) => z.string().min(1).max(max).regex(ONE_LINE, 'must be one line');
const label = () =>
  z
    .string()
    .min(1)
    .max(MAX_LABEL)
    .regex(DNS_LABEL, 'must be lower case letters, digits and "-", as `nightly-sync`');
const objectName = () =>
  z
    .string()
    .min(1)
    .max(MAX_NAME)
    .regex(DNS_NAME, 'must be the name of an object: lower case letters, digits, "-" and "."');
const byOutcome = () => z.strictObject({ succeeded: seconds(0), failed: seconds(0) }).exactOptional();

/** A pod template laid over the profile; what is in it is checked once the template is resolved. */
const overlay = z.looseObject({
  metadata: z.looseObject({}).exactOptional(),
  spec: z.looseObject({}).exactOptional(),
});

const limits = z.strictObject({
  queueSeconds: seconds(1),
  startSeconds: seconds(1),
  initIdleSeconds: seconds(1),
  initMaxSeconds: seconds(1),
  runSeconds: seconds(1),
  totalSeconds: seconds(1),
  stallSeconds: seconds(1),
  nodeLostSeconds: seconds(1),
  exitSeconds: seconds(1),
});

const retryRule = z.strictObject({
  reasons: z
    .array(line(MAX_LABEL).refine(isReasonCode, 'is no reason of the catalogue, as OutOfMemory or ExitCode'))
    .min(1)
    .max(64)
    .exactOptional(),
  exitCodes: z.array(z.int().min(0).max(255)).min(1).max(64).exactOptional(),
  action: z.enum(['Retry', 'Fail']),
});

const retry = z.strictObject({
  maxAttempts: z.int().min(1).max(MAX_RETRY_ATTEMPTS).exactOptional(),
  backoffSeconds: seconds(0),
  backoffFactor: z.number().min(1).max(10).exactOptional(),
  maxBackoffSeconds: seconds(0),
  rules: z.array(retryRule).max(MAX_RULES).exactOptional(),
  afterUnconfirmedLoss: z.boolean().exactOptional(),
});

/** The schema of a run's spec: what HTTP, CLI and the CRD accept, and nothing else. */
export const runSpecSchema = z.strictObject({
  profile: label().exactOptional(),
  subject: z
    .strictObject({
      kind: z.string().min(1).max(MAX_LABEL).regex(WORD, 'must be a word, as `connection` or `pipeline`'),
      id: line(MAX_NAME),
    })
    .exactOptional(),
  queue: label().exactOptional(),
  priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).exactOptional(),
  dedupe: z
    .strictObject({
      key: line(MAX_NAME).exactOptional(),
      whenActive: z.enum(['Queue', 'Join', 'Reject', 'Replace', 'Allow']).exactOptional(),
      afterFailureSeconds: seconds(0),
    })
    .exactOptional(),
  main: overlay,
  exitHandler: overlay.exactOptional(),
  limits: limits.exactOptional(),
  retry: retry.exactOptional(),
  exitRetry: z
    .strictObject({
      maxAttempts: z.int().min(1).max(MAX_RETRY_ATTEMPTS).exactOptional(),
      backoffSeconds: seconds(0),
    })
    .exactOptional(),
  keepPodSeconds: byOutcome(),
  ttlSeconds: byOutcome(),
  logs: z.enum(['Tail', 'Whole', 'Follow']).exactOptional(),
  input: z
    .strictObject({
      configMap: objectName().exactOptional(),
      secret: objectName().exactOptional(),
      key: z
        .string()
        .min(1)
        .max(MAX_NAME)
        .regex(FILE_KEY, 'must be the key of a ConfigMap or Secret')
        .exactOptional(),
    })
    .exactOptional(),
  cancel: z
    .strictObject({ by: line(MAX_NAME).exactOptional(), reason: line(MAX_TEXT).exactOptional() })
    .exactOptional(),
});

/** A spec that is valid by itself, or what is wrong with it, field by field. */
export type ParsedRunSpec =
  | { readonly spec: RunSpec; readonly problems?: undefined }
  | { readonly spec?: undefined; readonly problems: readonly SpecProblem[] };

/**
 * Reads a run's spec. What can only be said of the resolved pods (image, containers, quantities) is refused by
 * `resolveTemplate`.
 */
export function parseRunSpec(input: unknown): ParsedRunSpec {
  const parsed = runSpecSchema.safeParse(input);
  if (!parsed.success) {
    return { problems: problemsOf(parsed.error, runSpecSchema, input) };
  }
  const problems = ruleProblems(parsed.data);
  return problems.length === 0 ? { spec: parsed.data } : { problems };
}

/** Rules that span fields. */
function ruleProblems(spec: RunSpec): SpecProblem[] {
  return [
    ...dedupeProblems(spec),
    ...(spec.retry === undefined ? [] : retryProblems(spec.retry)),
    ...(spec.exitRetry === undefined ? [] : exitRetryProblems(spec.exitRetry)),
    ...(spec.input === undefined ? [] : inputProblems(spec.input)),
  ];
}

function inputProblems({ configMap, secret, key }: RunInput): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if ((configMap === undefined) === (secret === undefined)) {
    const message = configMap === undefined ? 'must name a configMap or a secret' : NAMES_TWO;
    problems.push({ field: 'spec.input', message });
  }
  if (key !== undefined && /^(\.$|\.\.)/.test(key)) {
    problems.push({ field: 'spec.input.key', message: 'must not be "." and must not begin with ".."' });
  }
  return problems;
}
