import type { QueuePlace } from '../../contract/routes/queues.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Attempt, Run, RunStatus } from '../../core/run/run.ts';
import { attemptText, queuedText } from './waiting.ts';

/** One line of the life of a run. */
export interface TimelineRow {
  /** The same as long as the line says the same thing; a new line has a new key. */
  readonly key: string;
  readonly mark: 'done' | 'failed' | 'waiting';
  readonly text: string;
  /** RFC 3339; undefined for what has not happened yet. */
  readonly at: string | undefined;
}

const STEPS = [
  ['admittedAt', 'admitted'],
  ['scheduledAt', 'scheduled'],
  ['initialisedAt', 'initialised'],
  ['pulledAt', 'image pulled'],
  ['startedAt', 'main started'],
] as const;

/**
 * What has happened to a run so far, in order, and last what it waits for now.
 *
 * @param place where it stands in its queue, if that is known
 */
export function timelineRows(run: Run, place?: QueuePlace): TimelineRow[] {
  const { status } = run;
  if (status === undefined) return [waiting('waiting for the operator to accept it')];
  if (status.phase === 'Refused') return [ended(status)];
  return [
    ...acceptedRow(status),
    ...endedAttempts(status).map((attempt) => attemptRow(run, attempt)),
    ...STEPS.flatMap(([field, text]) => stepRow(run, status, field, text)),
    ...mainRow(status),
    ...handlerRows(status),
    isTerminal(status.phase) ? ended(status) : waiting(waitsFor(run, status, place)),
  ];
}

function acceptedRow({ timeline: { acceptedAt } }: RunStatus): TimelineRow[] {
  return acceptedAt === undefined
    ? []
    : [{ key: `acceptedAt/${acceptedAt}`, mark: 'done', text: 'accepted', at: acceptedAt }];
}

/** The last attempt of a run whose main has its result is that result. */
function endedAttempts({ attempts, main }: RunStatus): Attempt[] {
  const before = main === undefined ? attempts : attempts.slice(0, -1);
  return before.filter(({ outcome }) => outcome !== undefined);
}

function stepRow(run: Run, status: RunStatus, field: (typeof STEPS)[number][0], text: string): TimelineRow[] {
  const at = status.timeline[field];
  if (at === undefined) return [];
  const last = status.attempts.at(-1);
  const detail = field === 'scheduledAt' && last?.node !== undefined ? ` on ${last.node}` : '';
  const number = last?.number ?? 1;
  const which = field === 'startedAt' && number > 1 ? ` (attempt ${attemptText(run, number)})` : '';
  return [{ key: `${field}/${at}`, mark: 'done', text: `${text}${detail}${which}`, at }];
}

function attemptRow(run: Run, attempt: Attempt): TimelineRow {
  const { number, outcome = 'Lost', reason = '', exitCode, finishedAt } = attempt;
  const code = exitCode === undefined ? '' : `, exit code ${exitCode}`;
  return {
    key: `attempt/${number}`,
    mark: outcome === 'Succeeded' ? 'done' : 'failed',
    text: `attempt ${attemptText(run, number)} ended: ${together(outcome, reason)}${code}`,
    at: finishedAt,
  };
}

function mainRow({ main, timeline }: RunStatus): TimelineRow[] {
  if (main === undefined) return [];
  const mark = main.outcome === 'Succeeded' ? 'done' : 'failed';
  const text = mark === 'done' ? 'main succeeded' : `main ended: ${together(main.outcome, main.reason)}`;
  return [{ key: `main/${main.outcome}`, mark, text, at: timeline.finishedAt }];
}

function handlerRows({ exit, timeline }: RunStatus): TimelineRow[] {
  const rows: TimelineRow[] = [];
  if (timeline.exitStartedAt !== undefined) {
    rows.push({
      key: `exit/${timeline.exitStartedAt}`,
      mark: 'done',
      text: 'exit handler started',
      at: timeline.exitStartedAt,
    });
  }
  if (exit?.outcome !== undefined) {
    const good = exit.outcome === 'Succeeded';
    const text = good
      ? 'exit handler succeeded'
      : `exit handler ended: ${together(exit.outcome, exit.reason)}`;
    rows.push({
      // A handler that failed is run again, and its next end is another line.
      key: `exit/${exit.outcome}/${timeline.exitFinishedAt ?? ''}`,
      mark: good ? 'done' : 'failed',
      text,
      at: timeline.exitFinishedAt,
    });
  }
  return rows;
}

function ended(status: RunStatus): TimelineRow {
  const good = status.phase === 'Succeeded';
  const message = status.main?.message ?? status.message ?? '';
  const how = together(status.phase, status.main?.reason ?? status.reason);
  return {
    key: 'end',
    mark: good ? 'done' : 'failed',
    text: good ? 'run Succeeded' : `run ${how}${message === '' ? '' : `: ${message}`}`,
    at: status.timeline.exitFinishedAt ?? status.timeline.finishedAt,
  };
}

/** `Failed, OutOfMemory`; a reason that is the outcome's own word is not said twice. */
function together(outcome: string, reason = ''): string {
  return reason === '' || reason === outcome ? outcome : `${outcome}, ${reason}`;
}

function waitsFor(run: Run, status: RunStatus, place: QueuePlace | undefined): string {
  if (status.phase === 'Queued') return queuedText(run, status, place);
  const said =
    status.reason === undefined ? '' : ` (${[status.reason, status.message].filter(Boolean).join(': ')})`;
  if (status.phase === 'Pending') return `waiting for its pod to start${said}`;
  if (status.phase === 'Running') return 'main is running';
  if (status.exit?.outcome !== undefined) return 'the exit handler runs again';
  return (status.exit?.attempts ?? 0) > 0 ? 'the exit handler is running' : 'the exit handler is owed';
}

function waiting(text: string): TimelineRow {
  return { key: `waiting/${text}`, mark: 'waiting', text, at: undefined };
}
