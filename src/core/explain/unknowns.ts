import { uidOf } from '../pod/podFacts.ts';
import { newerPart } from '../run/newer.ts';
import { isTerminal } from '../run/phases.ts';
import type { Attempt, Run } from '../run/run.ts';
import type { LiveFacts } from './explain.ts';

/** What an answer about a run can't tell, and why: one line each. */
export function unknownsOf(run: Run, live: LiveFacts): string[] {
  const { status } = run;
  if (status === undefined) {
    return [];
  }
  const newer = newerPart(run);
  return [
    ...(newer === undefined
      ? []
      : [
          `what a newer version made of it: ${newer}; this version leaves it alone, an operator of that version looks after it`,
        ]),
    ...(live.unread ?? []),
    ...status.attempts.flatMap((attempt) => ofAttempt(attempt, live)),
    ...(status.exit?.outcome === undefined || status.exit.outcome === 'Succeeded' || status.exit.receipt
      ? []
      : ['how the exit handler ended: its pod left no receipt, so it may have run in part']),
    ...(isTerminal(status.phase) || live.pods === undefined || hasPod(run, live)
      ? []
      : ['the state of its pod: no pod of the run could be seen']),
  ];
}

function ofAttempt(attempt: Attempt, live: LiveFacts): string[] {
  const { number, outcome, startedAt, logTail, exitCode, unconfirmed, podName } = attempt;
  if (outcome === undefined) {
    return [];
  }
  const isLogMissing = outcome !== 'Succeeded' && startedAt !== undefined && (logTail ?? '') === '';
  return [
    ...(unconfirmed === true
      ? [`whether container main of attempt ${number} has stopped: nobody could report it (pod ${podName})`]
      : []),
    ...(startedAt !== undefined && exitCode === undefined
      ? [`the exit code of attempt ${number}: its node never reported the end of main`]
      : []),
    ...(isLogMissing && live.hasStoredLogs !== true
      ? [`the log of attempt ${number}: ${whyNoLog(attempt)}`]
      : []),
  ];
}

function whyNoLog({ reason, unconfirmed }: Attempt): string {
  if (unconfirmed === true || reason === 'NodeLost') return 'its node could not be asked for it';
  if (reason === 'PodDeleted' || reason === 'Evicted' || reason === 'Preempted')
    return 'the pod may have gone before it could be read, or it was empty (logs: Follow would have kept it)';
  return 'it was empty, or it could not be read before the pod went';
}

function hasPod(run: Run, live: LiveFacts): boolean {
  const uid = run.status?.attempts.at(-1)?.podUID;
  return (
    uid === undefined || (live.pods ?? []).some((pod) => uidOf(pod) === uid || run.status?.main !== undefined)
  );
}
