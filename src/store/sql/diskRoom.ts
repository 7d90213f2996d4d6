import { existsSync, statfsSync } from 'node:fs';
import { StoreFull } from '../errors.ts';

/**
 * What has to be free, in bytes: PostgreSQL takes 16 MiB for the next piece of its log at a time, and where it can't have that the
 * embedded one stands still for good; the rest is for what a transaction adds.
 */
const RESERVE = 32 * 1024 * 1024;

/** Refuses with `StoreFull` when the disk of a folder has too little room for a database to be written to. */
export function refuseFullDisk(action: string, folder: string): void {
  const free = freeBytes(folder);
  if (free === undefined || free >= RESERVE) return;
  const mib = (bytes: number) => Math.floor(bytes / 1024 / 1024);
  throw new StoreFull(
    `${action}: the disk of ${folder} has ${mib(free)} MiB left`,
    `Give it room: ${mib(RESERVE)} MiB are needed at least`,
  );
}

/** Undefined where it can't be told: some file systems do not say how large they are, and what is not there says its own user. */
function freeBytes(folder: string): number | undefined {
  if (!existsSync(folder)) return undefined;
  const { blocks, bavail, bsize } = statfsSync(folder);
  return blocks === 0 ? undefined : bavail * bsize;
}
