/** Checks what no other tool knows: import rules, the map in ARCHITECTURE.md, and that commands in the docs exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findViolations, type ImportRules, type SourceFile } from './imports.ts';

const root = join(import.meta.dirname, '..');
const problems = [
  ...brokenImportRules(),
  ...missingPaths('ARCHITECTURE.md'),
  ...missingPaths('README.md'),
  ...missingPaths('CONTRIBUTING.md'),
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

/** Every `path/with/slash` that a document names in backquotes must exist. */
function missingPaths(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(/`([A-Za-z0-9_.-]+\/[A-Za-z0-9_./-]*)`|\]\(([^):#]+)\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
  return named
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${document} names ${path}, which does not exist`);
}

function tracked(...patterns: string[]): string[] {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...patterns], {
    cwd: root,
    encoding: 'utf8',
  });
  return list.split('\n').filter((path) => path !== '' && existsSync(join(root, path)));
}
