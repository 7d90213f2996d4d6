import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One start of a container, as the journal keeps it. */
export interface JournalEntry {
  readonly pod: string;
  readonly container: string;
  readonly number: number;
  /** Name of the run's folder. */
  readonly run: string;
}

/** Remembers every start through a loss of power: an entry is on disk before its container starts. */
export interface StartJournal {
  /** Resolves when the entry is on disk; entries that come together share one flush. */
  add(entry: JournalEntry): Promise<void>;
  /** Starts of one pod that were journalled before this process began. */
  of(pod: string): readonly JournalEntry[];
  close(): Promise<void>;
}

/** Opens the journal and drops what it says of pods that `keeps` doesn't know any more. A torn last line is no start. */
export async function openJournal(path: string, keeps: (pod: string) => boolean): Promise<StartJournal> {
  await mkdir(dirname(path), { recursive: true });
  const entries = (await readEntries(path)).filter((entry) => keeps(entry.pod));
  await writeFile(`${path}.new`, entries.map(lineOf).join(''), { flush: true });
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
  const file = await open(path, 'a');
  const byPod = groupByPod(entries);
  const write = groupCommit(file);
  return {
    add: (entry) => write(lineOf(entry)),
    of: (pod) => byPod.get(pod) ?? [],
    close: () => file.close(),
  };
}

function groupByPod(entries: readonly JournalEntry[]): Map<string, JournalEntry[]> {
  const byPod = new Map<string, JournalEntry[]>();
  for (const entry of entries) byPod.set(entry.pod, [...(byPod.get(entry.pod) ?? []), entry]);
  return byPod;
}

/** One append and one flush for all lines that came while the last one was under way. */
function groupCommit(file: FileHandle): (line: string) => Promise<void> {
  let waiting = '';
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const lines = waiting;
    waiting = '';
    next = undefined;
    await file.appendFile(lines);
    await file.datasync();
  }

  return (line) => {
    waiting += line;
    if (!next) {
      next = current.then(flush);
      current = next.catch(() => {});
    }
    return next;
  };
}

function lineOf(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

async function readEntries(path: string): Promise<JournalEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalEntry];
    } catch {
      return [];
    }
  });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
