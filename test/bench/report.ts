import { writePart } from './referencePage.ts';

/** One figure. `aim` is what we want it to be; '' when it is only reported. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly aim: string;
}

/** Prints the figures as a table. */
export function printTable(figures: readonly Figure[]): void {
  const lines = [['FIGURE', 'MEASURED', 'AIM'], ...figures.map(({ what, value, aim }) => [what, value, aim])];
  const widths = [0, 1, 2].map((index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  for (const line of lines)
    console.log(
      line
        .map((cell, index) => cell.padEnd((widths[index] ?? 0) + 3))
        .join('')
        .trimEnd(),
    );
}

/** Writes the figures to docs/reference/performance.md. */
export function writeReference(figures: readonly Figure[]): void {
  const table = figures.map(({ what, value, aim }) => `| ${what} | ${value} | ${aim} |`).join('\n');
  writePart(
    'figures',
    `## Alone

\`npm run bench -- --write\`.
How long \`node -e 0\` took says how busy the machine was; on a quiet one of this kind that is 40 ms.

| figure | measured | aim |
|---|---|---|
${table}`,
  );
}

/** The value below which the given share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A number with its unit, rounded so that it can be read. */
export function amount(value: number, unit: string): string {
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${unit}`;
}
