/** Checks what no other tool knows: import rules, and that what documents and tables of promises name exists, the map in ARCHITECTURE.md above all. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findViolations, type ImportRules, type SourceFile } from './imports.ts';
import { brokenNames } from './promises.ts';

const root = join(import.meta.dirname, '..');
/** A record of a decision stands as it was written, whatever has moved since. */
const RECORDS = 'docs/decisions/';

const problems = [
  ...brokenImportRules(),
  ...tracked('*.md').flatMap(missingPaths),
  ...tracked('tools/promises/*.json').flatMap(brokenPromises),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

function brokenImportRules(): string[] {
  const rules = JSON.parse(readFileSync(join(root, 'tools/import-rules.json'), 'utf8')) as ImportRules;
  return findViolations(rules, sources()).map(
    ({ rule, file, line, sentence }) => `${file}:${line} breaks import rule ${rule}: ${sentence}`,
  );
}

function sources(): SourceFile[] {
  return tracked('src/*.ts').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function brokenPromises(table: string): string[] {
  return brokenNames(table, JSON.parse(readFileSync(join(root, table), 'utf8')), (file) =>
    existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined,
  );
}

/** Every link to a file, and every `path/with/slash` below a folder of ours, must exist. */
function missingPaths(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  const links = named(text, /\]\(([^):#]+)(?:#[^)]*)?\)/g).map((path) => join(dirname(document), path));
  const paths = named(text, /`([A-Za-z0-9_.-]+\/[A-Za-z0-9_./-]*)`/g).filter((path) =>
    existsSync(join(root, path.split('/')[0] ?? '')),
  );
  return [...links, ...(document.startsWith(RECORDS) ? [] : paths)]
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${document} names ${path}, which does not exist`);
}

function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

function tracked(...patterns: string[]): string[] {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...patterns], {
    cwd: root,
    encoding: 'utf8',
  });
  return list.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
}
