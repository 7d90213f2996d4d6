import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { ImageReferenceError, parseImageReference } from '../../../kubernetes/imageReference.ts';
import { ContainerProblem } from '../life/sandbox.ts';

/** What an image stands for on this machine. */
export interface ImageEntry {
  /** The image's entry point: the program and its first arguments. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** This image can't be pulled. */
  readonly missing?: boolean;
}

/** The table of images, a JSON file: name -> entry. It is read again whenever it changed. */
export interface ImageTable {
  /**
   * What a container's image stands for; an empty entry when the table doesn't know it and the pod itself gives a command.
   * Throws `ContainerProblem`: InvalidImageName, ErrImagePull, ErrImageNeverPull.
   */
  find(container: Container): ImageEntry;
}

/** Names below this domain resolve nowhere (RFC 2606): their pull always fails. */
const NEVER_THERE = /^[^/]*\.invalid(?::\d+)?\//;

/** Opens the table; a file that isn't there is an empty one. */
export function imageTable(path: string): ImageTable {
  let known: { readonly stamp: string; readonly entries: Readonly<Record<string, ImageEntry>> } = {
    stamp: '',
    entries: {},
  };

  function entries(): Readonly<Record<string, ImageEntry>> {
    const stats = statSync(path, { throwIfNoEntry: false });
    const stamp = stats ? `${stats.mtimeMs}/${stats.size}/${stats.ino}` : '';
    if (stamp !== known.stamp) known = { stamp, entries: stats ? readTable(path) : {} };
    return known.entries;
  }

  return {
    find(container) {
      const name = container.image ?? '';
      const short = checkedName(name);
      const table = entries();
      const entry = table[name] ?? table[short];
      if (entry && !entry.missing) return entry;
      if (!entry && !NEVER_THERE.test(name) && container.command?.length) return {};
      if (container.imagePullPolicy === 'Never') {
        const message = `Container image "${name}" is not present with pull policy of Never`;
        throw new ContainerProblem('ErrImageNeverPull', message);
      }
      throw new ContainerProblem('ErrImagePull', pullSentence(name, basename(path), entry !== undefined));
    },
  };
}

function pullSentence(name: string, table: string, listed: boolean): string {
  const why = `failed to resolve reference "${name}": not found`;
  if (listed || NEVER_THERE.test(name)) return why;
  return `${why}: containers are local processes here, so the pod has to give a command or ${table} in the data folder has to have an entry for this image`;
}

/** The name without tag and digest. Throws `ContainerProblem` for what is no image name. */
function checkedName(name: string): string {
  try {
    const { registry, repository } = parseImageReference(name);
    return registry === undefined ? repository : `${registry}/${repository}`;
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
    throw new ContainerProblem('InvalidImageName', message, { cause: error });
  }
}

function readTable(path: string): Readonly<Record<string, ImageEntry>> {
  try {
    const table: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof table === 'object' && table !== null && !Array.isArray(table)) {
      return table as Record<string, ImageEntry>;
    }
    throw new Error('it is not a JSON object of image names');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ContainerProblem('ErrImagePull', `reading ${path}: ${why}`, { cause: error });
  }
}
