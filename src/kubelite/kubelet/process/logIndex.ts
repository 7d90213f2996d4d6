import { appendFileSync, type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../ports/clock.ts';

/** Keeps the times at which a log grew. */
export interface LogIndexer {
  /** `at`: when the container ended, ms since the epoch; undefined when it goes on without this process. */
  close(at: number | undefined): void;
}

/** Growth within this is one entry: it bounds the index of a container that writes without end. */
const RESOLUTION_MS = 10;
/** Where the system can't tell of changes (or forgets one), the size is looked at this often. */
const LOOK_MS = 1_000;

/**
 * Output goes from the container straight to `log` in the run's folder, so that it is whole whatever becomes of the kubelet.
 * Times are kept beside it in `log.index`: lines "<size> <ms since the epoch>" say that the log had grown to that size by then.
 */
export function indexLog(folder: string, clock: Clock): LogIndexer {
  const path = join(folder, 'log');
  let known = lastSize(folder);
  let quietUntil = 0;
  let soon: Timer | undefined;
  let closed = false;

  function note(at: number): void {
    const size = sizeOf(path);
    if (size <= known) return;
    try {
      appendFileSync(join(folder, 'log.index'), `${size} ${Math.round(at)}\n`);
      known = size;
    } catch {
      // On a full disk the next entry covers these bytes too.
    }
  }

  function onChange(): void {
    if (closed || soon) return;
    const now = clock.now();
    if (now >= quietUntil) {
      quietUntil = now + RESOLUTION_MS;
      note(now);
      return;
    }
    soon = clock.after(RESOLUTION_MS, () => {
      soon = undefined;
      onChange();
    });
  }

  const watcher = watchFile(path, onChange);
  let timer = clock.after(LOOK_MS, function look() {
    onChange();
    timer = clock.after(LOOK_MS, look);
  });
  onChange();
  return {
    close(at) {
      if (closed) return;
      closed = true;
      watcher?.close();
      timer.cancel();
      soon?.cancel();
      note(at ?? clock.now());
    },
  };
}

/** Calls back on changes of a file; undefined where the system has no watches left. */
export function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** When the log had grown how far: sizes and times (ms since the epoch), both rising. */
export interface LogTimes {
  readonly sizes: readonly number[];
  readonly times: readonly number[];
}

/** Reads the index of a run; empty when there is none. */
export function readLogTimes(folder: string): LogTimes {
  const sizes: number[] = [];
  const times: number[] = [];
  for (const line of readIndex(folder).split('\n').slice(0, -1)) {
    const [size = '', time = ''] = line.split(' ');
    sizes.push(Number(size));
    times.push(Number(time));
  }
  return { sizes, times };
}

/** The time of the byte at `offset`; undefined when it is newer than the index. */
export function timeAt(index: LogTimes, offset: number): number | undefined {
  return index.times[firstAbove(index.sizes, offset)];
}

/** The first byte that is not older than `since`; undefined when the index has none. */
export function offsetSince(index: LogTimes, since: number): number {
  const entry = firstAbove(index.times, since - 1);
  return entry === 0 ? 0 : (index.sizes[entry - 1] ?? 0);
}

/** Place of the first value above `limit` in a rising list; its length when there is none. */
function firstAbove(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

function lastSize(folder: string): number {
  const lines = readIndex(folder).trimEnd().split('\n');
  return Number.parseInt(lines.at(-1) ?? '', 10) || 0;
}

function readIndex(folder: string): string {
  try {
    return readFileSync(join(folder, 'log.index'), 'latin1');
  } catch {
    return '';
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
