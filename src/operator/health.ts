import { describeTrouble } from './trouble.ts';

/** Whether the operator can do its work, and if not, why: one line each, with how to mend it. */
export interface ReadyReport {
  readonly ready: boolean;
  readonly problems: readonly string[];
  /** What does not work although runs are looked after: one line each. */
  readonly warnings: readonly string[];
  /** It leads, waits for the lease, or only observes. */
  readonly role: 'leader' | 'standby' | 'observer';
}

/** Whether the loop still turns. A dependency that is away is no reason to restart the process. */
export interface LiveReport {
  readonly live: boolean;
  readonly problem: string | undefined;
}

/** What readiness is judged by. */
export interface ReadyFacts {
  readonly hasSynced: boolean;
  readonly role: ReadyReport['role'];
  /** Errors of the watches as they stand. */
  readonly watchProblems: readonly Error[];
  /** Why the operator's namespace or the lease can't be had. */
  readonly leaseProblem: Error | undefined;
  /** Why runs that a limit or a key concerns can't be admitted; left out or undefined: they can. */
  readonly admissionProblem?: Error | undefined;
  /** Of parts that runs don't wait for. */
  readonly warnings: readonly string[];
}

/** Ready when everything that exists has been seen and nothing is in the way. */
export function readyReport(facts: ReadyFacts): ReadyReport {
  const lines = describeWatches(facts.watchProblems);
  if (facts.leaseProblem) lines.push(describeTrouble('cannot take part in the election', facts.leaseProblem));
  if (facts.admissionProblem) lines.push(describeTrouble('cannot admit runs', facts.admissionProblem));
  if (lines.length === 0 && !facts.hasSynced) lines.push('still reading what exists');
  return { ready: lines.length === 0, problems: lines, warnings: facts.warnings, role: facts.role };
}

/** How the message of a watch begins: `watching pods: `. */
const WATCHING = /(?<=watching )[\w.]+(?=: )/;

/** One line for each cause: what keeps one watch from the cluster mostly keeps them all from it. */
function describeWatches(errors: readonly Error[]): string[] {
  const kindsByCause = new Map<string, Set<string>>();
  for (const error of errors) {
    const line = describeTrouble('cannot see the cluster', error);
    const cause = line.replace(WATCHING, '');
    kindsByCause.set(cause, (kindsByCause.get(cause) ?? new Set()).add(WATCHING.exec(line)?.[0] ?? ''));
  }
  return [...kindsByCause].map(([cause, kinds]) =>
    cause.replace('watching ', `watching ${[...kinds].join(', ')}`),
  );
}

/** A reconcile that overran its time limit by so much will not come back: requests have limits of their own. */
const STUCK_MS = 120_000;

/**
 * Whether the loop turns. A process whose event loop is blocked can't say anything at all: the probe's own time limit tells.
 *
 * @param overrunMs by how much the longest reconcile has overrun its limit
 */
export function liveReport(overrunMs: number): LiveReport {
  const live = overrunMs < STUCK_MS;
  return {
    live,
    problem: live ? undefined : `a reconcile is stuck for ${Math.round(overrunMs / 1000)} s beyond its limit`,
  };
}
