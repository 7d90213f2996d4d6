import { type Column, formatTable } from '../../output/table.ts';
import { PROMISES, type PromiseName } from './count.ts';
import type { Removal } from './removePlace.ts';
import type { Findings } from './task.ts';

/** All that is said at the end of a drill. */
export interface Report {
  /** True only if every promise was kept, all was done that was planned, and nothing of the drill stays. */
  readonly ok: boolean;
  /** One line: what to think of it. */
  readonly verdict: string;
  readonly namespace: string;
  readonly runs: { readonly planned: number; readonly made: number };
  /** How often each promise was broken. */
  readonly figures: Readonly<Record<PromiseName, number>>;
  /** In ms; null where nothing was measured. */
  readonly times: Readonly<Record<keyof Findings['times'], number | null>>;
  readonly faults: Findings['faults'];
  readonly skipped: Findings['skipped'];
  readonly breaches: Findings['breaches'];
  readonly removed: boolean;
}

/** What the findings come to. `hint` says what may be wrong where the drill was cut short. */
export function makeReport(
  namespace: string,
  findings: Findings,
  removal: Removal,
  hint: string | undefined,
): Report {
  const { planned, made, breaches, times, faults, skipped } = findings;
  const names = Object.keys(PROMISES) as PromiseName[];
  const figures = Object.fromEntries(
    names.map((name) => [name, breaches.filter(({ promise }) => promise === name).length]),
  ) as Record<PromiseName, number>;
  const ok = breaches.length === 0 && findings.cutShort === undefined && removal.kind === 'gone';
  return {
    ok,
    verdict: verdictOf(findings, figures, removal, hint),
    namespace,
    runs: { planned, made },
    figures,
    times: {
      mainEndToHandlerP50: rounded(times.mainEndToHandlerP50),
      mainEndToHandlerP99: rounded(times.mainEndToHandlerP99),
      mainEndToHandlerRestarted: rounded(times.mainEndToHandlerRestarted),
      acceptedToStartedP50: rounded(times.acceptedToStartedP50),
    },
    faults,
    skipped,
    breaches,
    removed: removal.kind === 'gone',
  };
}

/** The report as people read it: the table of figures, the faults, what was broken, and the verdict in the last line. */
export function printReport(report: Report): string {
  const { faults, skipped, breaches, verdict } = report;
  const hits = Object.entries(faults).map(([fault, times]) => ({ fault, times: String(times) }));
  const notHit = skipped.map(({ fault, why }) => ({ fault, times: `skipped: ${why}` }));
  return [
    formatTable(figureRows(report), FIGURE_COLUMNS),
    formatTable([...hits, ...notHit], FAULT_COLUMNS),
    breaches.map(({ promise, said }) => `${PROMISES[promise]}: ${said}\n`).join(''),
    `${verdict}\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

interface FigureRow {
  readonly figure: string;
  readonly value: string;
  readonly promised: string;
}

const FIGURE_COLUMNS: readonly Column<FigureRow>[] = [
  { title: 'FIGURE', value: ({ figure }) => figure },
  { title: 'VALUE', value: ({ value }) => value },
  { title: 'PROMISED', value: ({ promised }) => promised },
];

const FAULT_COLUMNS: readonly Column<{ readonly fault: string; readonly times: string }>[] = [
  { title: 'FAULT', value: ({ fault }) => fault },
  { title: 'TIMES', value: ({ times }) => times },
];

function figureRows({ runs, figures, times }: Report): FigureRow[] {
  const ms = (value: number | null) => (value === null ? '' : `${value} ms`);
  const promised = (Object.keys(PROMISES) as PromiseName[]).map((name) => ({
    figure: PROMISES[name],
    value: String(figures[name]),
    promised: '0',
  }));
  const measured = [
    { figure: 'main’s end to handler pod, p50', value: times.mainEndToHandlerP50 },
    { figure: 'main’s end to handler pod, p99', value: times.mainEndToHandlerP99 },
    { figure: 'the same during the restart, longest', value: times.mainEndToHandlerRestarted },
    { figure: 'accepted to started, p50', value: times.acceptedToStartedP50 },
  ];
  return [
    { figure: 'runs', value: String(runs.made), promised: '' },
    ...promised,
    ...measured.map(({ figure, value }) => ({ figure, value: ms(value), promised: '' })),
  ];
}

function verdictOf(
  { planned, made, cutShort }: Findings,
  figures: Readonly<Record<PromiseName, number>>,
  removal: Removal,
  hint: string | undefined,
): string {
  const broken = (Object.keys(PROMISES) as PromiseName[])
    .filter((name) => figures[name] > 0)
    .map((name) => `${figures[name]} ${PROMISES[name]}`);
  const short = `cut short after ${made} of ${planned} runs: ${cutShort}${hint === undefined ? '' : `; ${hint}`}`;
  const said = [
    ...(broken.length > 0 ? [`BROKEN: ${broken.join(', ')}`] : []),
    ...(cutShort === undefined ? [] : [short]),
    ...(removal.kind === 'gone' ? [] : [leftOver(removal)]),
  ];
  return said.length === 0
    ? `kept: all ${made} runs were accepted, ended once, were handled and explained, and nothing is left`
    : said.join('; ');
}

/** What stays of a drill, and how to remove it. */
export function leftOver({ why, command }: Extract<Removal, { kind: 'stays' }>): string {
  return `the namespace could not be removed (${why}): ${command}`;
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
