import { StoreRefused } from '../errors.ts';
import type { LogKey } from '../types.ts';

/** What Kubernetes allows in names and UIDs; nothing of it can leave a folder, for a part never begins with a dot. */
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** Folder of a run's logs, with `/` and no `/` at the end. Refuses parts that no Kubernetes name has. */
export function folderOfRun({ namespace, runUID }: { namespace: string; runUID: string }): string {
  return [namespace, runUID].map(checked).join('/');
}

/** Path of a log below the root of its store. */
export function pathOfLog(key: LogKey): string {
  return `${pathOfInstance(key)}.log`;
}

/** Path of the index of a log's pages: beside the log. */
export function pathOfIndex(key: LogKey): string {
  return `${pathOfInstance(key)}.pages`;
}

function pathOfInstance(key: LogKey): string {
  const instance = key.previous ? 'previous' : 'current';
  return `${folderOfRun(key)}/${checked(key.podUID)}/${checked(key.container)}/${instance}`;
}

function checked(part: string): string {
  if (!PART.test(part))
    throw new StoreRefused(
      `naming a log: ${JSON.stringify(part.slice(0, 60))} is no name of Kubernetes`,
      'Only logs of runs, pods and containers can be stored',
    );
  return part;
}
