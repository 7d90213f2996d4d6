/** The import rules of this repository, as data (`import-rules.json`), and what breaks them. */

export interface FolderRule {
  name: string;
  from: string;
  allow: string[];
  packages?: string[];
  why: string;
}

export interface OnlyInRule {
  name: string;
  packages: string[];
  folders: string[];
  why: string;
}

export interface WordRule {
  name: string;
  pattern: string;
  folders: string[];
  exceptions: { file: string; why: string }[];
  why: string;
}

export interface ImportRules {
  rules: FolderRule[];
  onlyIn: OnlyInRule[];
  words: WordRule[];
  /** One import of one file that a rule forbids and that stands nevertheless. */
  exceptions: { file: string; imports: string; why: string }[];
}

/** One file: its path from the repository's root, with `/`, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Violation {
  rule: string;
  file: string;
  line: number;
  sentence: string;
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;

/** All places in `files` that break a rule; empty when all is well. Tests may import what they like of their own folder's neighbours. */
export function findViolations(rules: ImportRules, files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [...importViolations(rules, file), ...wordViolations(rules, file)]);
}

function importViolations(rules: ImportRules, file: SourceFile): Violation[] {
  const violations: Violation[] = [];
  for (const match of file.text.matchAll(IMPORT)) {
    const wanted = match[1] ?? match[2] ?? match[3] ?? '';
    const line = lineOf(file.text, match.index);
    if (rules.exceptions.some((exception) => exception.file === file.path && exception.imports === wanted))
      continue;
    const sentence = wanted.startsWith('.')
      ? folderViolation(rules, file, resolvePath(file.path, wanted))
      : packageViolation(rules, file, wanted);
    if (sentence !== undefined) violations.push({ ...sentence, file: file.path, line });
  }
  return violations;
}

function folderViolation(rules: ImportRules, file: SourceFile, target: string) {
  const rule = rules.rules.find((candidate) => file.path.startsWith(candidate.from));
  if (rule === undefined || isTest(file.path)) return undefined;
  if (rule.allow.some((folder) => target.startsWith(folder))) return undefined;
  return { rule: rule.name, sentence: `${rule.from} may not import ${target}. ${rule.why}` };
}

function packageViolation(rules: ImportRules, file: SourceFile, wanted: string) {
  const only = rules.onlyIn.find((rule) => rule.packages.some((pattern) => matches(pattern, wanted)));
  if (
    only !== undefined &&
    file.path.startsWith('src/') &&
    !only.folders.some((folder) => file.path.startsWith(folder))
  )
    return { rule: only.name, sentence: `${wanted} is for ${only.folders.join(' and ')} alone. ${only.why}` };
  const rule = rules.rules.find((candidate) => file.path.startsWith(candidate.from));
  if (rule === undefined || isTest(file.path)) return undefined;
  if ((rule.packages ?? []).some((pattern) => matches(pattern, wanted))) return undefined;
  return { rule: rule.name, sentence: `${rule.from} may not import package ${wanted}. ${rule.why}` };
}

function wordViolations(rules: ImportRules, file: SourceFile): Violation[] {
  if (isTest(file.path)) return [];
  const found: Violation[] = [];
  for (const rule of rules.words) {
    if (!rule.folders.some((folder) => file.path.startsWith(folder))) continue;
    if (rule.exceptions.some((exception) => exception.file === file.path)) continue;
    for (const match of withoutComments(file.text).matchAll(new RegExp(rule.pattern, 'g')))
      found.push({
        rule: rule.name,
        file: file.path,
        line: lineOf(file.text, match.index),
        sentence: `${match[0]} stands outside a port. ${rule.why}`,
      });
  }
  return found;
}

/** Test code: files named `.test.ts` and folders named `testing`. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/');
}

/** Blanks comments, keeping every line where it is. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!['":`])\/\/[^\n]*/g, (comment) =>
    comment.replaceAll(/[^\n]/g, ' '),
  );
}

function matches(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1));
  return name === pattern || name.startsWith(`${pattern}/`);
}

function resolvePath(from: string, relative: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index + 1).split('\n').length;
}
