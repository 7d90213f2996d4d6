import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFolder } from './runFolder.ts';

/** Where the parts of one pod lie below the data folder. */
export interface PodFolder {
  readonly path: string;
  /** Where volumes are made, by name. */
  readonly volumes: string;
  /** The private folder of a container. */
  root(container: string): string;
  /** Runs of a container in the order in which they were made. */
  runs(container: string): readonly RunFolder[];
  /** A folder for a new run; no earlier run ever had it. */
  nextRun(container: string, number: number): RunFolder;
  /** Names of all containers of which there is a folder. */
  containers(): readonly string[];
}

/** The folder of all pods below a kubelet's data folder. */
export function podsFolder(dataDir: string): string {
  return join(dataDir, 'pods');
}

/** The folder of one pod; nothing is made. */
export function podFolder(dataDir: string, uid: string): PodFolder {
  const path = join(podsFolder(dataDir), uid);
  const containers = join(path, 'containers');

  function runs(container: string): readonly RunFolder[] {
    return names(join(containers, container, 'runs'))
      .filter((name) => /^\d+-\d+$/.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => run(container, name));
  }

  function run(container: string, name: string): RunFolder {
    return {
      path: join(containers, container, 'runs', name),
      number: Number.parseInt(name, 10),
      id: `process://${uid}/${container}/${name}`,
    };
  }

  return {
    path,
    volumes: join(path, 'volumes'),
    root: (container) => join(containers, container, 'root'),
    runs,
    nextRun(container, number) {
      const tries = runs(container).filter((one) => one.number === number).length;
      return run(container, `${number}-${tries}`);
    },
    containers: () => names(containers),
  };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
