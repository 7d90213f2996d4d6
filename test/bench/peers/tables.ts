import { rate, ratio, verdicts, YARDSTICK } from './aims.ts';
import { MEASURED_ELSEWHERE } from './elsewhere.ts';
import { median, NOISY, type Results, type Series } from './results.ts';
import type { Round } from './round.ts';

/** All that was measured, as Markdown that can be read as text too. A table without a row is left out. */
export function tables(results: Results): string {
  const allSeries = seriesOf(results);
  return [
    aimsTable(results),
    burstTable(results, allSeries),
    cpuTable(results, allSeries),
    idleTable(results, allSeries),
    ownWritesTable(results),
    ...results.writes.map(writesTable),
    keptTable(results),
    crdTable(results),
    roundsTable(results),
    elsewhereTable(),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function aimsTable(results: Results): string {
  const rows = verdicts(results).map(({ aim, measured, verdict }) => [aim, measured, verdict]);
  return table('Aims', ['aim', 'measured', ''], rows);
}

function burstTable(results: Results, allSeries: readonly Series[]): string {
  const rows = allSeries
    .filter(({ pace }) => pace === 'burst')
    .map((series) => {
      const of = (figure: (round: Round) => number | undefined, digits = 1) =>
        number(median(results, series, figure), digits);
      const yardstick = rate(results, { ...series, system: YARDSTICK, handler: 'without handler' });
      return [
        ...titles(series),
        of(({ n }) => n, 0),
        of(({ perSecond }) => perSecond),
        number(ratio(rate(results, series), yardstick), 2),
        of(({ completionMs }) => completionMs.p50, 0),
        of(({ completionMs }) => completionMs.p99, 0),
        of(({ toHandlerMs }) => toHandlerMs?.p50, 0),
        of(({ toHandlerMs }) => toHandlerMs?.p99, 0),
        of(({ admittedPerSecond }) => admittedPerSecond),
        of(({ ownCpuMs }) => ownCpuMs),
        of(({ stackCpuMs }) => stackCpuMs),
        of(({ peakRssMiB }) => peakRssMiB, 0),
      ];
    });
  const head = [
    'system',
    'run',
    'n',
    'runs/s',
    `to ${YARDSTICK}`,
    'end p50 ms',
    'end p99 ms',
    'main → handler p50 ms',
    'p99 ms',
    'admitted/s',
    'own CPU ms/run',
    'stack CPU ms/run',
    'own RSS MiB',
  ];
  return table('All at once (medians of the rounds that count)', head, rows);
}

function cpuTable(results: Results, allSeries: readonly Series[]): string {
  const parts = ['etcd', 'apiserver', 'kcm', 'scheduler', 'kwok', 'endwell', 'kueue', 'argo', 'client'];
  const rows = allSeries
    .filter(({ pace }) => pace === 'burst')
    .map((series) => [
      ...titles(series),
      ...parts.map((name) =>
        number(
          median(results, series, ({ cpu, n }) => (name in cpu ? ((cpu[name] ?? 0) * 1000) / n : undefined)),
          1,
        ),
      ),
    ]);
  return table('CPU ms for each run, by process', ['system', 'run', ...parts], rows);
}

function idleTable(results: Results, allSeries: readonly Series[]): string {
  const rows = allSeries
    .filter(({ pace }) => pace === 'idle')
    .map((series) => {
      const of = (figure: (round: Round) => number | undefined) => number(median(results, series, figure), 0);
      return [
        ...titles(series),
        of(({ n }) => n),
        of(({ completionMs }) => completionMs.p50),
        of(({ completionMs }) => completionMs.p99),
        of(({ toHandlerMs }) => toHandlerMs?.p50),
        of(({ toHandlerMs }) => toHandlerMs?.p99),
      ];
    });
  const head = ['system', 'run', 'n', 'end p50 ms', 'end p99 ms', 'main → handler p50 ms', 'p99 ms'];
  return table('One at a time, pods of 0.2 s', head, rows);
}

function ownWritesTable({ writes }: Results): string {
  const rows = writes.map(({ system, handler, n, own }) => [
    system,
    handler,
    `${n}`,
    ...[own.ofRuns, own.events, own.shared, own.refused].map((value) => number(value, 2)),
  ]);
  const head = ['system', 'run', 'n', 'of runs', 'Events', 'shared by runs', 'refused, of these'];
  return table('Own API writes for each run (audit log)', head, rows);
}

function writesTable({ system, handler, n, deeds }: Results['writes'][number]): string {
  const rows = deeds.map(({ client, deed, refused, perRun }) => [
    client,
    refused === undefined ? deed : `${deed}: refused, ${refused}`,
    number(perRun, 3),
  ]);
  const sum = deeds.reduce((total, { perRun }) => total + perRun, 0);
  const title = `All API writes for each run: ${system}, ${handler} (n = ${n}; ${number(sum, 2)} in all, leases left out)`;
  return table(title, ['client', 'what', 'for each run'], rows);
}

function keptTable({ kept }: Results): string {
  const rows = kept.map((one) => [
    one.system,
    ...[one.n, one.objectBytes, one.before, one.after, one.atRest, one.apiserverAtRest].map((value) =>
      number(value, 0),
    ),
  ]);
  const head = ['system', 'n', 'bytes of one', 'before', 'just after', 'at rest', 'API server at rest'];
  return table('Memory with ended runs kept (RSS, MiB)', head, rows);
}

function crdTable({ crds }: Results): string {
  const rows = crds.map(({ system, rss, heap }) => [system, number(rss, 0), number(heap, 1)]);
  return table('What CRDs add to the API server (MiB)', ['system', 'RSS', 'live heap'], rows);
}

function roundsTable({ rounds }: Results): string {
  const rows = rounds.map((round) => [
    ...titles(round),
    round.pace,
    number(round.perSecond, 1),
    number(round.ownCpuMs, 1),
    number(round.stackCpuMs, 1),
    number(round.sameWorkMs, 0),
    `${number(round.others * 100, 0)} %`,
    round.others > NOISY ? 'noisy' : '',
  ]);
  const head = [
    'system',
    'run',
    'pace',
    'runs/s',
    'own CPU ms/run',
    'stack CPU ms/run',
    'same work ms',
    'others',
    '',
  ];
  const title =
    'Every round (same work: how fast the machine was; others: the share of it that ran something else)';
  return table(title, head, rows);
}

function elsewhereTable(): string {
  const rows = MEASURED_ELSEWHERE.map((one) => [
    one.system,
    one.handler,
    number(one.ratio, 2),
    number(one.ownCpuMs, 0),
    number(one.stackCpuMs, 0),
    number(one.rssMiB, 0),
    one.writes === undefined ? '' : `${one.writes} (${one.events} of them Events)`,
    one.toHandler ?? '',
  ]);
  const head = [
    'system',
    'run',
    `to ${YARDSTICK}`,
    'own CPU ms/run',
    'stack CPU ms/run',
    'own RSS MiB',
    'own writes/run',
    'main → handler',
  ];
  return table('Measured elsewhere, once, on a machine of this kind: compare the ratio only', head, rows);
}

function seriesOf({ rounds }: Results): Series[] {
  const known = new Map<string, Series>();
  for (const { system, pace, handler } of rounds)
    known.set(`${system} ${pace} ${handler}`, { system, pace, handler });
  return [...known.values()];
}

function titles({ system, handler }: Pick<Series, 'system' | 'handler'>): string[] {
  return [system, handler];
}

function number(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);
}

/** Columns are padded, so that the same text can be read on a terminal. */
function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = head.map((word, column) =>
    Math.max(3, word.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [`### ${title}`, '', line(head), rule, ...rows.map(line)].join('\n');
}
