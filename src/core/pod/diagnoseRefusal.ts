import type { CreateError } from '../decide/decision.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import { boundedMessage } from '../run/status.ts';
import type { PendingDiagnosis } from './diagnosePending.ts';

/** First pause after a refused create. */
const FIRST_RETRY_MS = 1_000;

/** Longest pause: a quota that is raised or a webhook that is back is noticed within half a minute. */
const MAX_RETRY_MS = 30_000;

/** How the API server words a missing right. */
const NO_RIGHT = /cannot create resource/;

interface RefusalRow {
  readonly reason: ReasonCode;
  readonly canHeal: boolean;
  readonly matches: (error: CreateError) => boolean;
}

/** What a refusal means: the first row that matches wins. The last one matches always. */
const REFUSALS: readonly RefusalRow[] = [
  { reason: 'NameTaken', canHeal: true, matches: (error) => error.holder?.terminating === true },
  { reason: 'NameTaken', canHeal: false, matches: (error) => error.reason === 'AlreadyExists' },
  {
    reason: 'NamespaceTerminating',
    canHeal: true,
    matches: (error) => error.status === 403 && error.message.includes('being terminated'),
  },
  {
    reason: 'QuotaExceeded',
    canHeal: true,
    matches: (error) => error.status === 403 && /exceeded quota|failed quota/.test(error.message),
  },
  {
    reason: 'PodSecurityDenied',
    canHeal: true,
    matches: (error) => error.status === 403 && error.message.includes('violates PodSecurity'),
  },
  {
    reason: 'AdmissionDenied',
    canHeal: true,
    matches: (error) => /webhook|ValidatingAdmissionPolicy/.test(error.message),
  },
  { reason: 'SpecInvalid', canHeal: false, matches: (error) => [400, 413, 422].includes(error.status) },
  {
    reason: 'Forbidden',
    canHeal: true,
    matches: ({ status, message }) => status === 401 || (status === 403 && NO_RIGHT.test(message)),
  },
  // Admission plugins of the API server itself (limit ranges, service accounts, priority classes) say 403, too.
  { reason: 'AdmissionDenied', canHeal: true, matches: ({ status }) => status === 403 },
  { reason: 'ApiUnavailable', canHeal: true, matches: () => true },
];

/** Why the API server does not take a pod, and whether waiting may mend it. */
export function diagnoseRefusal(podName: string, error: CreateError): PendingDiagnosis {
  const row = REFUSALS.find(({ matches }) => matches(error));
  const answer = error.status === 0 ? 'no answer' : `HTTP ${error.status}`;
  return {
    reason: row?.reason ?? 'ApiUnavailable',
    message: boundedMessage(`pod ${podName} was not created (${answer}): ${error.message}`),
    canHeal: row?.canHeal ?? true,
  };
}

/** When to try the create again, ms since the epoch: each pause is twice the last, up to half a minute. */
export function retryCreateAt(error: CreateError): number {
  return error.at + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, Math.max(0, error.count - 1)));
}
