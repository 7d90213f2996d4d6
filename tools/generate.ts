/** Makes the generated files of this repository: `tsx tools/generate.ts`, or `--check` to say which are not fresh. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toOpenApi } from '../src/contract/openapi.ts';
import { problemKinds } from '../src/contract/problemCodes.ts';
import { routes } from '../src/contract/routes.ts';
import { CATALOGUE } from '../src/core/reasons/catalogue.ts';
import { checklistPage } from './checklistPage.ts';
import { enginesPage } from './enginesPage.ts';
import { limitsPage, phasesPage } from './lifePages.ts';
import { markdownTable } from './markdownTable.ts';

const root = join(import.meta.dirname, '..');

const FILES: Record<string, () => string> = {
  'docs/reference/openapi.json': () => `${JSON.stringify(toOpenApi(routes, version()), null, 2)}\n`,
  'docs/reference/reasons.md': reasonsPage,
  'docs/reference/phases.md': phasesPage,
  'docs/reference/limits.md': limitsPage,
  'docs/reference/problems.md': problemsPage,
  'docs/reference/openmetadata-checklist.md': checklistPage,
  'docs/reference/pipeline-engines.md': enginesPage,
};

const stale = Object.entries(FILES).filter(([path, make]) => textOf(path) !== make());
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is not fresh: run npx tsx tools/generate.ts`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [path, make] of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), make());
  console.log(`wrote ${path}`);
}

function reasonsPage(): string {
  const titles = {
    ours: 'Endwell decided',
    pending: 'Why a pod has not started',
    ended: 'How a pod ended',
  } as const;
  const sections = Object.entries(titles).map(([kind, title]) => {
    const rows = Object.entries(CATALOGUE)
      .filter(([, reason]) => reason.class === kind)
      .map(([code, { sentence, retriable, nextStep }]) => [
        `\`${code}\``,
        sentence,
        retriable ? 'yes' : 'no',
        nextStep,
      ]);
    return `## ${title}\n\n${markdownTable(['reason', 'what happened', 'retriable', 'what to do next'], rows)}`;
  });
  const lead =
    'Each end of a run, and each wait, has one of these codes: in `status.reason`, in `status.main.reason`, in conditions, metrics and `endwell run explain`.';
  return `# Reasons\n\n${lead}\n\n${sections.join('\n')}`;
}

function problemsPage(): string {
  const rows = Object.entries(problemKinds).map(([code, { status, title, next }]) => [
    `\`${code}\``,
    String(status),
    title,
    next,
  ]);
  const lead =
    'The HTTP API refuses with `application/problem+json` (RFC 9457). Programs compare `code`, which is stable.';
  return `# Problems\n\n${lead}\n\n${markdownTable(['code', 'status', 'what', 'what to do next'], rows)}`;
}

function version(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
