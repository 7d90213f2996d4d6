import type { ProblemCode } from '../../contract/problemCodes.ts';
import type { Run } from '../../core/run/run.ts';

/** What the leader has said about a run. */
export type Decided =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'joined'; readonly run: string }
  | {
      readonly kind: 'refused';
      readonly code: ProblemCode;
      readonly detail: string;
      /** RFC 3339; when the same request may succeed, where that is known. */
      readonly retryAt: string | undefined;
      /** Name of the run that stands in the way, where it is one. */
      readonly other: string | undefined;
    };

/** Codes for the reasons with which the leader refuses a run; any other reason is one of the spec. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  DuplicateRejected: 'DuplicateRejected',
  BackoffAfterFailure: 'BackoffAfterFailure',
  QueueFull: 'QueueFull',
};

/** Reads the leader's word from the condition `Accepted`. */
export function decisionOf(run: Run): Decided {
  const accepted = run.status?.conditions.find(({ type }) => type === 'Accepted');
  if (accepted === undefined || accepted.status === 'Unknown') return { kind: 'undecided' };
  if (accepted.status === 'True') return { kind: 'accepted' };
  const { joined, retryAt } = run.status ?? {};
  if (accepted.reason === 'Joined' && joined !== undefined) return { kind: 'joined', run: joined };
  return {
    kind: 'refused',
    code: CODES[accepted.reason] ?? 'SpecInvalid',
    detail: `run ${run.metadata.name ?? ''} was refused: ${accepted.message}`,
    retryAt,
    other: joined,
  };
}
