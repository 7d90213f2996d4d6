/** One column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
}

/** Gap between columns: kubectl's. */
const GAP = '   ';

/** Rows as kubectl shows them: titles in capitals, columns as wide as their widest value, no lines. '' without rows. */
export function formatTable<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  if (rows.length === 0) return '';
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => oneLine(value(row)))),
  ];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => `${formatLine(line, widths)}\n`).join('');
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(GAP)
    .trimEnd();
}

/** Control characters of a message would move the cursor of whoever reads the table. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim() || '-';
}
