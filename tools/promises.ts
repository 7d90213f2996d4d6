/** Tables of promises, each with the tests that show it: what is said in `tools/promises/*.json` is shown by a test that exists. */

/** A test of this repository: its file, from the root, and its title as it stands in `it(…)`. */
export interface NamedTest {
  file: string;
  title: string;
}

/** What is wrong with the tests that a table names, at any depth of it: a sentence each. `textOf` reads a file, or says that there is none. */
export function brokenNames(
  table: string,
  content: unknown,
  textOf: (file: string) => string | undefined,
): string[] {
  return testsIn(content).flatMap(({ file, title }) => {
    const text = textOf(file);
    if (text === undefined) return [`${table} names a test of ${file}, which does not exist`];
    return hasTest(text, title) ? [] : [`${table} names the test “${title}”, which ${file} does not have`];
  });
}

/** The tests of one row as a cell of Markdown: the titles below each file. */
export function testsCell(tests: readonly NamedTest[]): string {
  const files = [...new Set(tests.map(({ file }) => file))];
  return files
    .map((file) => {
      const titles = tests.filter((test) => test.file === file).map(({ title }) => `“${title}”`);
      return `\`${file}\`: ${titles.join(', ')}`;
    })
    .join('<br>');
}

function testsIn(content: unknown): NamedTest[] {
  if (typeof content !== 'object' || content === null) return [];
  return isNamedTest(content) ? [content] : Object.values(content).flatMap(testsIn);
}

function isNamedTest(value: object): value is NamedTest {
  return (
    'file' in value && typeof value.file === 'string' && 'title' in value && typeof value.title === 'string'
  );
}

/** Whether the text calls `it` or `it.each(…)` with the title; a test that is skipped or still to be written shows nothing. */
function hasTest(text: string, title: string): boolean {
  const literal = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?:\bit|\))\(\s*(['"\`])${literal}\1\s*,`).test(text);
}
