import type { EventNote } from '../decide/decision.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { boundedMessage, initialStatus, lastAttempt } from '../run/status.ts';

/**
 * The Events that tell of an OMJob what a new status made true, by the reasons that OpenMetadata's operator uses. Of those
 * that the run itself would have, the warnings stay, for they say why; its good news is the same in other words.
 */
export function omJobEvents(run: Run, next: RunStatus, told: readonly EventNote[]): EventNote[] {
  const before = run.status ?? initialStatus();
  const warnings = told.filter(({ type, reason }) => type === 'Warning' && reason !== next.phase);
  return [...ignored(run, before, next), ...begun(before, next), ...warnings, ...ended(before, next)];
}

/** The Event of an OMJob whose time is over, and that goes with all that it made. */
export const CLEANED_UP: EventNote = {
  type: 'Normal',
  reason: 'ResourcesCleanedUp',
  message: 'ttlSecondsAfterFinished is over: the OMJob and its pods are deleted',
};

function ignored({ spec }: Run, before: RunStatus, next: RunStatus): EventNote[] {
  if (before.timeline.acceptedAt !== undefined || next.timeline.acceptedAt === undefined) return [];
  return (['main', 'exitHandler'] as const).flatMap((stage) => {
    const policy: string | undefined = spec[stage]?.spec?.restartPolicy;
    const field = stage === 'main' ? 'mainPodSpec' : 'exitHandlerSpec';
    return policy === undefined || policy === 'Never'
      ? []
      : [
          warning(
            'RestartPolicyIgnored',
            `spec.${field}.restartPolicy ${policy} is ignored: its pods are never restarted`,
          ),
        ];
  });
}

function begun(before: RunStatus, next: RunStatus): EventNote[] {
  const [made, handler] = [lastAttempt(next), next.exit];
  return [
    ...(next.attempts.length > before.attempts.length && made
      ? [normal('MainPodCreated', `Created main pod ${made.podName}`)]
      : []),
    ...(next.main !== undefined && before.main === undefined ? [completed(next)] : []),
    ...((handler?.attempts ?? 0) > (before.exit?.attempts ?? 0) && handler?.podName !== undefined
      ? [normal('ExitHandlerCreated', `Creates exit handler pod ${handler.podName}`)]
      : []),
  ];
}

function completed({ main, attempts }: RunStatus): EventNote {
  const code = main?.exitCode === undefined ? 'unknown' : String(main.exitCode);
  const what = attempts.length === 0 ? 'Main never started' : `Main pod completed with exit code: ${code}`;
  return normal('MainPodCompleted', `${what} (${main?.reason}: ${main?.message})`);
}

function ended(before: RunStatus, next: RunStatus): EventNote[] {
  if (!isTerminal(next.phase) || isTerminal(before.phase)) return [];
  const message = next.message ?? next.phase;
  return next.phase === 'Succeeded' ? [normal('OMJobCompleted', message)] : [warning('OMJobFailed', message)];
}

function normal(reason: string, message: string): EventNote {
  return { type: 'Normal', reason, message: boundedMessage(message) };
}

function warning(reason: string, message: string): EventNote {
  return { type: 'Warning', reason, message: boundedMessage(message) };
}
