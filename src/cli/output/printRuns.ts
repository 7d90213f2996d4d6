import type { Run } from '../../core/run/run.ts';
import { runArgument } from '../runRef.ts';
import { holdOf } from '../timeline/waiting.ts';
import { formatAge } from './duration.ts';
import { type Column, formatTable } from './table.ts';

/** How objects are shown. */
export type OutputFormat = 'table' | 'json' | 'yaml' | 'name';

/** What a table of runs depends on. */
export interface TableOptions {
  /** ms since the epoch. */
  readonly now: number;
  readonly withNamespace: boolean;
}

/** Runs as text in the wanted form. Several in JSON and YAML are a `List`, as kubectl has it. */
export async function printRuns(
  runs: readonly Run[],
  format: OutputFormat,
  options: TableOptions,
): Promise<string> {
  const object = { apiVersion: 'v1', kind: 'List', metadata: {}, items: runs };
  switch (format) {
    case 'json':
      return `${JSON.stringify(object, null, 2)}\n`;
    case 'yaml':
      return (await import('./yaml.ts')).toYaml(object);
    case 'name':
      return runs.map((run) => `${runName(run)}\n`).join('');
    case 'table':
      return formatTable(runs, runColumns(options));
    default:
      return format satisfies never;
  }
}

/** One run as text in the wanted form. */
export async function printRun(run: Run, format: OutputFormat, options: TableOptions): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(run, null, 2)}\n`;
    case 'yaml':
      return (await import('./yaml.ts')).toYaml(run);
    case 'name':
    case 'table':
      return printRuns([run], format, options);
    default:
      return format satisfies never;
  }
}

/** `run.endwell.dev/NAME`, as kubectl names objects. */
export function runName({ kind, metadata }: Run): string {
  const type = kind === 'OMJob' ? 'omjob.pipelines.openmetadata.org' : 'run.endwell.dev';
  return `${type}/${metadata.name ?? ''}`;
}

/** The columns of a table of runs. */
export function runColumns({ now, withNamespace }: TableOptions): Column<Run>[] {
  const namespace = { title: 'NAMESPACE', value: (run: Run) => run.metadata.namespace ?? '' };
  return [
    ...(withNamespace ? [namespace] : []),
    // As the commands take it: an OMJob may have the name of a Run.
    { title: 'NAME', value: ({ kind, metadata }) => runArgument({ kind, name: metadata.name ?? '' }) },
    { title: 'PHASE', value: (run) => run.status?.phase ?? 'Queued' },
    { title: 'REASON', value: reasonColumn },
    { title: 'PROFILE', value: (run) => run.spec.profile ?? '' },
    {
      title: 'SUBJECT',
      value: ({ spec }) => (spec.subject ? `${spec.subject.kind}/${spec.subject.id}` : ''),
    },
    { title: 'ATTEMPTS', value: attemptsColumn },
    { title: 'HANDLER', value: handlerColumn },
    { title: 'AGE', value: (run) => ageOf(run, now) },
  ];
}

/** Why it ended, why it is where it is, or what it waits for. */
function reasonColumn({ status }: Run): string {
  if (status === undefined) return '';
  return status.main?.reason ?? status.reason ?? holdOf(status)?.reason ?? '';
}

/** `2/3`: attempts made and allowed, disruptions apart; `2` where the spec names no number. */
function attemptsColumn({ spec, status }: Run): string {
  const made = status?.attempts.length ?? 0;
  const most = spec.retry?.maxAttempts ?? 1;
  return most > 1 ? `${made}/${most}` : String(made);
}

/** The attempts of a run, one a line; '' for a run with one that goes on or went well, which the run's own line tells. */
export function attemptsTable({ status }: Run, now: number): string {
  const attempts = status?.attempts ?? [];
  const isPlain = attempts.length < 2 && (attempts[0]?.outcome ?? 'Succeeded') === 'Succeeded';
  if (isPlain) return '';
  const age = (time: string | undefined) => (time === undefined ? '' : formatAge(now - Date.parse(time)));
  return formatTable(attempts, [
    { title: 'ATTEMPT', value: ({ number }) => String(number) },
    { title: 'POD', value: ({ podName }) => podName },
    { title: 'NODE', value: ({ node }) => node ?? '' },
    { title: 'OUTCOME', value: ({ outcome }) => outcome ?? '' },
    { title: 'REASON', value: ({ reason }) => reason ?? '' },
    { title: 'EXIT-CODE', value: ({ exitCode }) => (exitCode === undefined ? '' : String(exitCode)) },
    { title: 'STARTED', value: ({ startedAt }) => age(startedAt) },
    { title: 'ENDED', value: ({ finishedAt }) => age(finishedAt) },
  ]);
}

function handlerColumn(run: Run): string {
  const exit = run.status?.exit;
  if (exit === undefined || run.spec.exitHandler === undefined) return '';
  if (exit.outcome !== undefined) return exit.outcome;
  return exit.attempts > 0 ? 'Running' : 'Owed';
}

function ageOf(run: Run, now: number): string {
  const { creationTimestamp } = run.metadata;
  return creationTimestamp === undefined ? '' : formatAge(now - Date.parse(creationTimestamp));
}
