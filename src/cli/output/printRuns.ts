import type { Run } from '../../core/run/run.ts';
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
export function runName(run: Run): string {
  return `run.endwell.dev/${run.metadata.name ?? ''}`;
}

/** The columns of a table of runs. */
export function runColumns({ now, withNamespace }: TableOptions): Column<Run>[] {
  const namespace = { title: 'NAMESPACE', value: (run: Run) => run.metadata.namespace ?? '' };
  return [
    ...(withNamespace ? [namespace] : []),
    { title: 'NAME', value: (run) => run.metadata.name ?? '' },
    { title: 'PHASE', value: (run) => run.status?.phase ?? 'Queued' },
    { title: 'REASON', value: (run) => run.status?.main?.reason ?? run.status?.reason ?? '' },
    { title: 'PROFILE', value: (run) => run.spec.profile ?? '' },
    {
      title: 'SUBJECT',
      value: ({ spec }) => (spec.subject ? `${spec.subject.kind}/${spec.subject.id}` : ''),
    },
    { title: 'ATTEMPTS', value: (run) => String(run.status?.attempts.length ?? 0) },
    { title: 'HANDLER', value: handlerColumn },
    { title: 'AGE', value: (run) => ageOf(run, now) },
  ];
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
