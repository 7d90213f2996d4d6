import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderLogs } from '../../../src/store/logs/folderLogs.ts';
import { pathOfLog } from '../../../src/store/logs/logName.ts';
import type { LogKey, LogStore } from '../../../src/store/types.ts';
import type { Bench } from '../benches.ts';
import { amount, type Figure, percentile } from '../report.ts';

const MIB = 1024 * 1024;
const SIZES = [1, 128, 1024];
/** Pages read of each log, spread over it. */
const PAGES = 60;
/** What the story of OpenMetadata's logs asks for. */
const AIM = '≤ 50 ms';
const KEY: LogKey = { namespace: 'n', runUID: 'r', podUID: 'p', container: 'main', previous: false };

/** Pages of whole logs in a folder, as they are answered: found, read, decoded. The first one makes the index. */
export const logPages: Bench = {
  name: 'logPages',
  async measure() {
    const figures: Figure[] = [];
    for (const mib of SIZES) {
      const folder = await mkdtemp(join(tmpdir(), 'endwell-bench-logs-'));
      try {
        figures.push(await measureLog(folder, mib));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return figures;
  },
};

async function measureLog(folder: string, mib: number): Promise<Figure> {
  await writeLog(join(folder, pathOfLog(KEY)), mib);
  const logs = folderLogs(folder);
  const { starts = [] } = (await logs.pages(KEY)) ?? {};
  await rm(join(folder, pathOfLog(KEY).replace('.log', '.pages')), { force: true });
  const times: number[] = [];
  for (let n = 0; n < PAGES; n += 1) {
    const start = performance.now();
    await readPage(logs, Math.floor((n * starts.length) / PAGES));
    times.push(performance.now() - start);
  }
  const [first = 0, ...others] = times;
  const said = `p50 ${amount(percentile(others, 0.5), 'ms')}, p99 ${amount(percentile(others, 0.99), 'ms')}`;
  return {
    what: `page of a log of ${mib} MiB (${starts.length} pages)`,
    value: `${said}; the first one ${amount(first, 'ms')}`,
    aim: AIM,
  };
}

async function readPage(logs: LogStore, index: number): Promise<string> {
  const { size = 0, starts = [] } = (await logs.pages(KEY)) ?? {};
  const from = starts[index] ?? 0;
  const bytes = await logs.read(KEY, { from, limit: (starts[index + 1] ?? size) - from });
  return JSON.stringify({ ingestion_task: new TextDecoder().decode(bytes), total: String(starts.length) });
}

/** Lines as an ingestion writes them, with characters of several bytes. */
async function writeLog(path: string, mib: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const line = '[2026-01-01 00:00:00] INFO {metadata.Ingestion:ingestion:45} - Tabelle «Aufträge» ✓\n';
  const piece = Buffer.alloc(MIB, line);
  const file = openSync(path, 'w');
  for (let n = 0; n < mib; n += 1) writeSync(file, piece);
  closeSync(file);
}
