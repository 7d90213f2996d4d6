import { conditionOf } from '../run/conditions.ts';
import type { Attempt, Run, RunStatus, Verdict } from '../run/run.ts';

/** Facts that the status holds, one a line, in the order in which they happened. */
export function evidenceOf(run: Run): string[] {
  const { status } = run;
  if (status === undefined) {
    return [];
  }
  return [
    ...timelineLines(status),
    ...notYetAppliedLines(status),
    ...status.attempts.flatMap(attemptLines),
    ...retryLines(status),
    ...Object.entries(status.verdicts ?? {}).map(([podUID, verdict]) => verdictLine(podUID, verdict)),
    ...exitLines(status),
  ];
}

function timelineLines(status: RunStatus): string[] {
  const { acceptedAt, admittedAt, pulledAt } = status.timeline;
  // An OMJob is its own template.
  const template = status.template === undefined ? '' : `, template ${status.template}`;
  return [
    ...(acceptedAt === undefined ? [] : [`accepted at ${acceptedAt}${template}`]),
    ...(admittedAt === undefined ? [] : [`admitted at ${admittedAt}`]),
    ...(pulledAt === undefined ? [] : [`image of main pulled, or found on its node, by ${pulledAt}`]),
  ];
}

function notYetAppliedLines(status: RunStatus): string[] {
  const condition = conditionOf(status, 'NotYetApplied');
  return condition?.status === 'True' ? [`without effect in this version: ${condition.message}`] : [];
}

function attemptLines(attempt: Attempt): string[] {
  const node = attempt.node === undefined ? '' : ` on node ${attempt.node}`;
  const started = attempt.startedAt === undefined ? 'not started' : `started at ${attempt.startedAt}`;
  const lines = [`attempt ${attempt.number}: pod ${attempt.podName}${node}, ${started}`];
  if (attempt.outcome !== undefined) {
    const code = attempt.exitCode === undefined ? '' : ` with exit code ${attempt.exitCode}`;
    lines.push(
      `attempt ${attempt.number}: ${attempt.outcome}${code} at ${attempt.finishedAt ?? '?'}: ${attempt.message ?? ''}`,
    );
  }
  return [...lines, ...logLines(attempt).map((line) => `log of attempt ${attempt.number}: ${line}`)];
}

/** The wait before the next attempt, and what was found about the pod's way to its start. */
function retryLines(status: RunStatus): string[] {
  const node = conditionOf(status, 'NodeUnreachable');
  const wait = conditionOf(status, 'EvidenceWaiting');
  return [
    ...(status.retryAt === undefined || status.phase !== 'Queued'
      ? []
      : [`attempt ${status.attempts.length + 1} may start at ${status.retryAt}, after its back-off`]),
    ...(node?.status === 'True' ? [`since ${node.lastTransitionTime}: ${node.message}`] : []),
    ...(wait?.status === 'True' ? [`a deletion waits for evidence to be stored: ${wait.message}`] : []),
  ];
}

/** The end of the log of an attempt that did not succeed, or that there is none. */
function logLines({ logTail, outcome, startedAt }: Attempt): string[] {
  const tail = logTail?.trimEnd() ?? '';
  if (tail !== '') {
    return tail.split('\n');
  }
  return outcome === undefined || outcome === 'Succeeded' || startedAt === undefined
    ? []
    : ['nothing is kept: it was empty, or it could not be read before the pod went'];
}

function verdictLine(podUID: string, verdict: Verdict): string {
  return `verdict at ${verdict.at} by ${verdict.by}: ${verdict.reason}, ${verdict.message} (rule: ${verdict.rule}; pod UID ${podUID})`;
}

function exitLines(status: RunStatus): string[] {
  const { exit } = status;
  const handled = conditionOf(status, 'ExitHandled');
  if (handled?.reason === 'NotRequested') {
    return ['no exit handler was asked for'];
  }
  const lines: string[] = [];
  if (exit?.podName !== undefined) {
    lines.push(
      `exit handler, attempt ${exit.attempts}: pod ${exit.podName}${exit.outcome === undefined ? '' : `, ${exit.outcome}`}`,
    );
  }
  if (exit?.receipt !== undefined) {
    const { podUID, exitCode, finishedAt } = exit.receipt;
    lines.push(`receipt of the exit handler: exit code ${exitCode} at ${finishedAt}, pod UID ${podUID}`);
  }
  if (handled?.status === 'False') {
    lines.push(`exit handler: ${handled.reason}: ${handled.message}`);
  }
  return lines;
}
