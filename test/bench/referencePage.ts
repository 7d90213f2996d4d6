import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const PAGE = new URL('../../docs/reference/performance.md', import.meta.url);

/** Puts one part into docs/reference/performance.md, with the commit and the machine that it belongs to; the others stay. */
export function writePart(part: 'figures' | 'peers', text: string): void {
  const body = `${text.trimEnd()}\n\nMeasured at commit ${commit()}, on ${machine()}.`;
  writeFileSync(PAGE, withPart(readFileSync(PAGE, 'utf8'), part, body));
}

/** The page with the text between the marks of a part replaced; a part that it does not have yet comes last. */
export function withPart(page: string, part: string, text: string): string {
  const [begin, end] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const whole = `${begin}\n${text}\n${end}`;
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${whole}\n`;
  return `${page.slice(0, from)}${whole}${page.slice(to + end.length)}`;
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', 'src') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes in src' : ''}`;
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ${process.versions.node}`;
}
