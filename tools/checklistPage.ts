import { readFileSync } from 'node:fs';
import { markdownTable } from './markdownTable.ts';
import { type NamedTest, testsCell } from './promises.ts';

/** What one of OpenMetadata's tests asks, and the tests of ours that show what becomes of it here. */
interface Line {
  readonly promise: string;
  /** What is different here, and why; left out where it is kept. */
  readonly changed?: string;
  readonly tests: readonly NamedTest[];
}

interface Checklist {
  readonly sections: readonly { readonly title: string; readonly rows: readonly Line[] }[];
}

/** The page that says of each line of OpenMetadata's own tests whether it is kept or changed, and which test shows it. */
export function checklistPage(): string {
  const text = readFileSync(new URL('promises/openmetadata.json', import.meta.url), 'utf8');
  const { sections } = JSON.parse(text) as Checklist;
  const rows = sections.flatMap((section) => section.rows);
  const changed = rows.filter((row) => row.changed !== undefined).length;
  return [
    '# What OpenMetadata’s own tests ask',
    `OpenMetadata’s Kubernetes client, its Java operator and its exit handler have tests. Each line of them is kept here, or changed with the reason; ${rows.length - changed} are kept, ${changed} are changed. The tests that are named are ours: the gate fails when one of them does not exist. “Missing in theirs” is what no test of theirs looks at.`,
    ...sections.map(
      ({ title, rows: lines }) =>
        `## ${title}\n\n${markdownTable(['what it asks', 'here', 'shown by'], lines.map(cells)).trimEnd()}`,
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function cells({ promise, changed, tests }: Line): string[] {
  return [promise, changed === undefined ? 'kept' : `changed: ${changed}`, testsCell(tests)];
}
